"""The bounds of a batch of any size, in blocks of one shape, are those of its problems."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.instances.tabular_families import theorem_6_problems
from theory.instances.lower_bounds import proposition_3_bound, reward_variance
from theory.instances.tabular import HittingTimeInstance
from theory.instances.upper_bounds import sharpened_proposition_4_bound
from theory.statements import problem_bounds as module
from theory.statements.problem_bounds import problem_bounds
from theory.statements.tabular.hitting_times import HITTING_TIME_STATEMENTS

PLACE = {statement.id: place for place, statement in enumerate(HITTING_TIME_STATEMENTS)}


def test_blocks_and_filling_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    family = theorem_6_problems(np.random.default_rng(0), 21, 5, regularized=True)
    times = np.linspace(1, 2, 21)
    finished: list[int] = []
    # Blocks of four problems, padded to eight outputs: five of them, and one problem over.
    monkeypatch.setattr(module, "BLOCK_ENTRIES", 32)
    found = problem_bounds(family.problem, family.increase, times, on_finished=finished.append)
    assert finished == [4] * 5 + [1]
    at = HittingTimeInstance(problem=family.problem, increase=family.increase, hitting_time=times)
    np.testing.assert_allclose(found.value[PLACE["prop3"]], proposition_3_bound(at), rtol=1e-12)
    np.testing.assert_allclose(found.value[PLACE["s-prop4"]], sharpened_proposition_4_bound(at), rtol=1e-10)
    np.testing.assert_allclose(found.reward_variance, reward_variance(at), rtol=1e-12)
    for statement, holds in zip(HITTING_TIME_STATEMENTS, found.holds, strict=True):
        expected = [hypothesis.holds(at) for hypothesis in statement.hypotheses]
        np.testing.assert_array_equal(holds, expected, err_msg=statement.id)
    assert found.holds[PLACE["s-thm6-fast"]].all(axis=0).any()


@pytest.mark.slow
def test_all_sizes_share_four_programs() -> None:
    before = module._evaluate.program()._cache_size()  # type: ignore[attr-defined]
    for outputs in range(3, 130, 3):
        family = theorem_6_problems(np.random.default_rng(outputs), 1 + outputs % 5, outputs)
        problem_bounds(family.problem, family.increase, family.increase)
    # Of 8, 32, 128 and, for the last one alone, 160 outputs.
    assert module._evaluate.program()._cache_size() - before <= 4  # type: ignore[attr-defined]


def test_what_is_said_of_one_problem() -> None:
    """The ratio is how many times the bound the hitting time is; the first hypothesis that fails is named."""
    family = theorem_6_problems(np.random.default_rng(0), 3, 5)
    found = problem_bounds(family.problem, family.increase, family.increase)
    for place, time in ((0, 7.0), (2, 1e300)):
        for bound, values, holds in zip(found.of_problem(place, time), found.value, found.holds, strict=True):
            assert bound.value == values[place]
            if 0 < bound.value < np.inf:
                assert bound.ratio == time / bound.value
            else:
                assert bound.ratio is None
            assert list(bound.hypotheses.values()) == holds[:, place].tolist()
    assert all(bound.ratio is None for bound in found.of_problem(0))
    unknown = found._replace(value=np.full_like(found.value, np.inf)).of_problem(0, 1.0)
    assert all(bound.ratio is None for bound in unknown)
    nothing = found._replace(value=np.zeros_like(found.value)).of_problem(0, 1.0)
    assert all(bound.ratio is None for bound in nothing)
    for kept, failed in ((False, "second"), (True, None)):
        bound = unknown[0]._replace(hypotheses={"first": True, "second": kept, "third": kept})
        assert (bound.applies, bound.failed_hypothesis) == (kept, failed)
