"""Conditions of `--fail-if`."""

from __future__ import annotations

import pytest

from flatscape.audit.report.conditions import check_condition, parse_condition
from theory.errors import InvalidInputError

RECORD = {
    "policies": [
        {
            "policy": None,
            "measures": [
                {"id": "dead-groups", "estimate": {"a": 0.5, "b": 0.1}},
                {"id": "accuracy-strict-pooled", "estimate": {"a": None, "b": 0.7}},
                {"id": "no-signal-4", "estimate": {"a": None, "b": None}},
            ],
            "teaching": {
                "kl": {"a": [0.0, 1.5], "b": [0.0, 0.5]},
                "truth": {"a": [0.25, 0.75], "b": [0.25, None]},
                "time_to_gain": [{"gain": 0.05, "time": {"a": 12.0, "b": None}}],
            },
        }
    ]
}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("dead-groups>0.4", ["a"]),
        ("dead-groups>0.5", []),
        ("dead-groups>=0.5", ["a"]),
        ("dead-groups<=0.5", ["a", "b"]),
        ("dead-groups < 0.2 @ b", ["b"]),
        ("dead-groups<0.2@a", []),
        ("accuracy-strict-pooled<0.8", ["b"]),
        ("simulated-kl>1", ["a"]),
        ("simulated-truth>0.5", ["a"]),
        ("simulated-gain>=0.5", ["a"]),
        ("time-to-gain-0.05>10", ["a"]),
    ],
)
def test_of_whom_a_condition_holds(text, who):
    checked = check_condition(parse_condition(text), RECORD)
    assert [sentence.split(":")[0] for sentence in checked.holds] == who


def test_what_is_undefined_is_told_and_does_not_hold():
    checked = check_condition(parse_condition("accuracy-strict-pooled<0.9"), RECORD)
    assert checked.undefined == ("a",)
    assert len(checked.holds) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dead-groups", "Write MEASURE>NUMBER"),
        ("dead-groups=0.5", "Write MEASURE>NUMBER"),
        ("dead-groups>much", "Write MEASURE>NUMBER"),
        ("dead-groups>nan", "finite"),
        (">0.5", "Write MEASURE>NUMBER"),
    ],
)
def test_what_is_no_condition_is_refused(text, message):
    with pytest.raises(InvalidInputError, match=message):
        parse_condition(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dead-group>0.5", "Did you mean dead-groups"),
        ("zzz>0.5", "There are dead-groups, "),
        ("dead-groups>0.5@c", "There is no model 'c', but a, b"),
        ("no-signal-4>0.5", "not defined for these completions"),
        ("accuracy-strict-pooled<0.9@a", "not defined for these completions"),
    ],
)
def test_a_condition_that_checks_nothing_is_refused(text, message):
    with pytest.raises(InvalidInputError, match=message):
        check_condition(parse_condition(text), RECORD)
