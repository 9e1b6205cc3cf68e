"""Theorems 5 and 6 on next-token distributions: the construction on a small stand-in, and the real model once."""

from __future__ import annotations

import os

import numpy as np
import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.sampling import language_model
from proofs_check.sampling.language_model import INVERSE_RANGES, check_language_model, language_model_families
from sims.llm import LanguageModelProblems, language_model_problems
from theory.accuracy.pairs import uniform_accuracy
from theory.errors import InvalidInputError
from theory.instances.tabular import HittingTimeInstance
from theory.statements.register import find_statement, select_statements

PROMPTS, VOCABULARY = 3, 50


@pytest.fixture(scope="module")
def stand_in() -> LanguageModelProblems:
    """Logits as spread as a language model's; some tokens are equally good, as where a reward saturates."""
    rng = np.random.default_rng(0)
    logits = 4 * rng.standard_normal((PROMPTS, VOCABULARY))
    truth = np.tanh(1.5 * rng.standard_normal((PROMPTS, VOCABULARY)))
    truth[:, 7], truth[:, 9] = truth[:, 3], truth[:, 4]
    return LanguageModelProblems(("a", "b", "c"), logits, truth)


def applies(id, family):
    return np.asarray(find_statement(id).applies(HittingTimeInstance(problem=family.problem, increase=family.increase)))


def test_families_meet_the_hypotheses_they_are_made_for(stand_in):
    families = language_model_families(stand_in)
    assert len({f.name for f in families}) == len(families) == len(INVERSE_RANGES) + 3
    for family in families:
        assert family.problem.proxy_reward.shape == (PROMPTS, VOCABULARY)
        assert (family.increase > 0).all()
        assert (family.increase <= language_model.INCREASE).all()
        assert family.problem.initial_log_probabilities is families[0].problem.initial_log_probabilities, (
            "one policy, made once"
        )
        assert np.abs(family.problem.proxy_reward).max() <= 1
        np.testing.assert_array_equal(family.problem.ground_truth_reward, stand_in.ground_truth_reward)
    accurate, (fast, likely, unlikely) = families[: len(INVERSE_RANGES)], families[len(INVERSE_RANGES) :]
    for family, inverse in zip(accurate, INVERSE_RANGES, strict=True):
        assert applies("thm5-slow", family).all()
        assert (np.ptp(family.problem.proxy_reward, axis=-1) <= 1 / inverse).all()
        np.testing.assert_array_equal(uniform_accuracy(family.problem.proxy_reward, stand_in.ground_truth_reward), 1)
    assert applies("thm5-fast", fast).all()
    # Theorem 2's extreme: at most the pairs with the best output are right.
    assert (uniform_accuracy(fast.problem.proxy_reward, stand_in.ground_truth_reward) <= 2 / VOCABULARY + 0.01).all()
    for family in (likely, unlikely):
        assert applies("thm6-slow", family).all()
    assert applies("thm6-fast", likely).all()
    rewarded = [np.exp(f.problem.initial_log_probabilities)[f.problem.proxy_reward == 1] for f in (likely, unlikely)]
    assert (rewarded[0] > rewarded[1]).all()


def test_without_the_model_the_verdict_is_unknown(monkeypatch):
    def missing():
        raise InvalidInputError("model", "nothing", "Run flatscape lm fetch.")

    monkeypatch.setattr(language_model, "language_model_problems", missing)
    found = check_language_model(select_statements(["s3", "lem4", "thm5"]))
    assert [e.statement for e in found] == ["s3", "thm5-slow", "thm5-fast"]
    for evidence in found:
        assert evidence.verdict is Verdict.UNKNOWN
        assert "flatscape lm fetch" in evidence.reason
        assert not evidence.control.refuted
        assert evidence.instances == 0


def test_statements_that_are_not_about_hitting_times_need_no_model(monkeypatch):
    monkeypatch.setattr(language_model, "language_model_problems", lambda: 1 / 0)
    assert check_language_model(select_statements(["lem4"])) == []


def test_the_stand_in_end_to_end(stand_in, monkeypatch):
    monkeypatch.setattr(language_model, "language_model_problems", lambda: stand_in)
    monkeypatch.setattr(language_model, "INVERSE_RANGES", (100.0,))
    told = []
    found = check_language_model(
        select_statements(["prop3", "s3", "thm5-fast"]), progress=lambda what, done: told.append(done)
    )
    assert [e.violations for e in found] == [0, 0, 0]
    assert [e.instances for e in found[:2]] == [PROMPTS * 4] * 2
    assert found[2].instances >= PROMPTS
    assert found[0].tightness == pytest.approx(2 * found[1].tightness, rel=1e-9)
    assert found[1].tightness > 1
    assert told == sorted(told)
    assert 0 <= min(told) <= max(told) < 1


@pytest.mark.model
def test_families_of_the_real_model():
    try:
        real = language_model_problems()
    except InvalidInputError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the model cannot be had: {error}")
    families = language_model_families(real)
    prompts = len(real.prompts)
    assert prompts >= 8
    for family in families[: len(INVERSE_RANGES)]:
        assert applies("thm5-slow", family).all()
    assert applies("thm5-fast", families[-3]).all()
    assert applies("thm6-fast", families[-2]).all()
    for family in families[-2:]:
        assert applies("thm6-slow", family).sum() >= 8
