"""The record, against its schema."""

from __future__ import annotations

import copy
import json

import pytest

from flatscape.audit import audit
from tests.flatscape.audit.audited import QUICK, noisy
from tests.flatscape.audit.json_schema import SCHEMA, problems


@pytest.fixture(scope="module")
def record():
    table = {**noisy(6), "advantage": [0.5, -0.5, 0.0, 0.0] * 6}
    return audit(table, settings=QUICK).record()


def test_it_is_json_without_nan(record):
    assert not list(problems(json.loads(json.dumps(record, allow_nan=False))))


def test_what_is_undefined_is_null(record):
    (policy,) = record["policies"]
    found = policy["no_signal"]
    assert found["probability"]["rm_0"][-1] is None
    assert found["expected_batches"]["rm_0"][-1] is None
    assert policy["best_of_k"]["truth"]["rm_1"][-1] is None
    assert policy["advantages"]["agree"] is False


def test_curves_fit_their_times(record):
    (policy,) = record["policies"]
    teaching = policy["teaching"]
    assert teaching["times"][-1] == pytest.approx(teaching["budget"])
    for name in ("truth", "truth_interval", "kl", "proxy"):
        assert all(len(curve) == len(teaching["times"]) for curve in teaching[name].values()), name
    assert len(policy["variance_over_prompts"]["edges"]) == 1 + len(policy["variance_over_prompts"]["counts"]["rm_0"])


def test_the_schema_refuses_what_is_not_right(record):
    wrong = copy.deepcopy(record)
    wrong["policies"][0]["measures"][0]["estimate"]["rm_0"] = "much"
    del wrong["source"]["warnings"]
    wrong["policies"][0]["verdict"]["winner"] = "rm_0"
    found = " ".join(problems(wrong))
    for part in ("warnings is missing", "'much' is no number or null", "none of the alternatives fits"):
        assert part in found


def test_every_definition_of_the_schema_is_used():
    text = json.dumps(SCHEMA)
    for name in SCHEMA["$defs"]:
        assert f"#/$defs/{name}" in text
