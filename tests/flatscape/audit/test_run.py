"""`audit`: from a file of any format to the numbers; the counter-example; policies; bad input."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from flatscape.audit import AuditSettings, TeachingSettings, audit
from tests.flatscape.audit.audited import BETTER_PROXY, QUICK, noisy, values
from tests.flatscape.audit.json_schema import problems
from tests.flatscape.audit.reading.written_files import WRITTEN, Written
from theory.errors import InvalidInputError

FORMATS = ("csv", "trl", "verl v1", "verifiers", "open-instruct scores", "PPE")
"""One of each kind of source in the order of importance."""

KNOWN = {
    "reward-variance": (1 / 6, 0.1216666667),
    "dead-groups": (0.5, 0.0),
    "accuracy-strict-pooled": (1 / 3, 2 / 3),
    "accuracy-half-credit-pooled": (2 / 3, 2 / 3),
    "accuracy-strict-by-prompt": (1 / 4, 1 / 2),
    "accuracy-half-credit-by-prompt": (5 / 8, 1 / 2),
    "accuracy-equal-signs-pooled": (1 / 4, 2 / 4),
}


@pytest.mark.parametrize("written", [w for w in WRITTEN if w.name in FORMATS], ids=lambda w: w.name)
def test_the_known_numbers_come_out_of_every_format(written: Written, tmp_path) -> None:
    result = audit(written.write(tmp_path), **written.keywords, settings=QUICK)
    record = result.record()
    assert not list(problems(record))
    for id, (first, second) in KNOWN.items():
        found = list(values(record, id).values())
        assert found == pytest.approx([first, second], rel=1e-9), id
    (policy,) = record["policies"]
    assert next(iter(policy["no_signal"]["probability"].values()))[0] == pytest.approx((1 / 3 + 1) / 2)
    assert record["source"]["rows_used"] == 5
    assert record["source"]["prompts"] == 2


def test_variance_and_accuracy_name_the_truth_and_teaching_names_the_proxy():
    start = float(np.dot(BETTER_PROXY["weight"], BETTER_PROXY["truth"]))
    gains = tuple(level - start for level in (0.65, 0.69, 0.9, 0.95))
    teaching = TeachingSettings(method="ascent", step_size=0.1, budget=5000, gains=gains, normalisation="none")
    result = audit(BETTER_PROXY, settings=AuditSettings(weighting="weight", resamples=20, teaching=teaching))
    record = result.record()
    assert not list(problems(record))
    for id in ("reward-variance", "accuracy-strict-pooled", "accuracy-equal-signs-pooled", "relative-gradient-bound"):
        found = values(record, id)
        assert found["rm_truth"] > found["rm_proxy"], id
    assert values(record, "accuracy-strict-pooled") == pytest.approx({"rm_truth": 1.0, "rm_proxy": 4 / 7})
    (policy,) = record["policies"]
    steps = {model: [row["time"][model] for row in policy["teaching"]["time_to_gain"]] for model in policy["models"]}
    assert steps == {"rm_truth": [170, 687, 4822, 4914], "rm_proxy": [86, 89, 141, 206]}
    assert policy["verdict"]["order"] == ["rm_proxy", "rm_truth"]
    # One prompt bears out no verdict on others.
    (pair,) = policy["verdict"]["pairs"]
    assert (pair["decided"], pair["probability"], pair["more_prompts"]) == (False, None, None)
    assert "one prompt tells nothing about others" in " ".join(policy["verdict"]["sentences"])


@pytest.mark.parametrize(
    ("rule", "first", "unit"),
    [
        ("truth", "rm_proxy", "truth"),
        ("time", "rm_proxy", "natural logarithm of the ratio of times"),
        ("gradient", "rm_truth", "truth per unit of time"),
    ],
)
def test_the_rule_decides_and_is_told(rule: str, first: str, unit: str):
    many = {name: column * 5 for name, column in BETTER_PROXY.items()}
    many["prompt"] = [f"q{k}" for k in range(5) for _ in range(5)]
    teaching = TeachingSettings(budget=60.0, gains=(0.5,), normalisation="none")
    settings = AuditSettings(weighting="weight", resamples=20, rule=rule, teaching=teaching)
    verdict = audit(many, settings=settings).verdict
    assert verdict is not None
    assert (verdict.order[0], verdict.unit) == (first, unit)
    (pair,) = verdict.pairs
    # All prompts are the same: so are all resamples.
    assert (pair.decided, pair.probability) == (True, 1.0)
    if rule != "gradient":
        assert "the simulation does not agree" in verdict.sentences[-1]


def test_every_policy_has_an_audit_of_its_own():
    first, second = noisy(6, seed=1), noisy(9, seed=2)
    frame = pl.concat(
        [pl.DataFrame(own).with_columns(pl.lit(name).alias("policy")) for own, name in ((first, "a"), (second, "b"))]
    ).with_columns(pl.concat_str("policy", "prompt").alias("prompt"))
    result = audit(frame, settings=QUICK)
    record = result.record()
    assert not list(problems(record))
    assert [(p["policy"], p["prompts"]) for p in record["policies"]] == [("a", 6), ("b", 9)]
    alone = audit(second, settings=QUICK).record()
    assert values(record, "reward-variance", 1) == values(alone, "reward-variance")
    with pytest.raises(InvalidInputError, match="Each has its own"):
        result.verdict  # noqa: B018
    assert set(result.table()["policy"]) == {"a", "b"}


def test_without_a_truth_the_order_is_of_strength_and_says_so():
    table = {name: column for name, column in noisy().items() if name != "truth"}
    result = audit(table, settings=QUICK)
    record = result.record()
    assert not list(problems(record))
    (policy,) = record["policies"]
    assert policy["teaching"]["truth"] is None
    assert policy["teaching"]["time_to_gain"] == []
    gain = np.array(policy["teaching"]["matrix"]["gain"])
    # Each teacher raises its own expectation.
    assert (np.diag(gain) > 0).all()
    assert "Without a truth nobody can say" in " ".join(policy["verdict"]["sentences"])
    assert not [m for m in policy["measures"] if m["section"] in ("accuracy", "truth")]


def test_one_model_is_compared_to_none():
    record = audit(noisy(noises=(0.5,)), settings=QUICK).record()
    (policy,) = record["policies"]
    assert policy["verdict"]["pairs"] == []
    assert "the only reward model" in " ".join(policy["verdict"]["sentences"])


def test_results_depend_on_the_seed_alone():
    first, again = (audit(noisy(), settings=QUICK).record() for _ in range(2))
    assert first == again


def test_unscored_completions_and_singletons_are_told_apart():
    table = {
        "prompt": ["a", "a", "a", "b", "b", "c"],
        "rm_x": [1.0, 0.0, None, 0.5, 0.7, 1.0],
        "rm_y": [1.0, 0.5, 0.2, 0.1, 0.7, 1.0],
        "truth": [1.0, 0.0, 1.0, 0.0, 1.0, 1.0],
    }
    (policy,) = audit(table, settings=QUICK).record()["policies"]
    assert policy["singletons"] == 1
    assert policy["variance_over_prompts"]["undefined"] == {"rm_x": 1, "rm_y": 1}
    assert policy["teaching"]["prompts"] == 2
    assert any("leaves out 1 completions" in note and "1 prompts" in note for note in policy["notes"])


@pytest.mark.parametrize(
    ("given", "keywords", "message"),
    [
        ({"prompt": ["a", "b"], "rm": [1.0, 0.0]}, {}, "one scored completion in each group"),
        (noisy(), {"settings": AuditSettings(weighting="logprob")}, "There is no such column"),
        (noisy(), {"truth": "nonsense"}, "nonsense"),
        (
            noisy(),
            {"settings": AuditSettings(trainer="nemo-rl", teaching=TeachingSettings(method="grpo"))},
            "Its mean update is not known",
        ),
    ],
)
def test_bad_input_is_one_clear_error(given, keywords, message):
    with pytest.raises(InvalidInputError, match=message):
        audit(given, **keywords)


def test_progress_is_told():
    told: list[tuple[str, float]] = []
    audit(noisy(), settings=QUICK, on_progress=lambda what, done: told.append((what, done)))
    assert told[0] == ("reading", 0.0)
    assert told[-1] == ("24 of 24 prompts taught", 1.0)


@pytest.mark.parametrize("method", ["rloo", "grpo"])
def test_trainers_teach_too(method: str):
    teaching = TeachingSettings(method=method, step_size=0.5, budget=20, kl_coefficient=0.01, group_size=4)
    record = audit(noisy(6), settings=AuditSettings(resamples=20, teaching=teaching)).record()
    assert not list(problems(record))
    truth = record["policies"][0]["teaching"]["truth"]
    # The reward that is nearly the truth teaches it, and better than the one that is mostly noise.
    assert truth["rm_0"][0] == pytest.approx(truth["rm_1"][0])
    assert truth["rm_0"][-1] > truth["rm_0"][0]
    assert truth["rm_0"][-1] > truth["rm_1"][-1]
