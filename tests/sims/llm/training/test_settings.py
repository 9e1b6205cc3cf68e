"""The settings of a run: what is out of range is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sims.llm.training.settings import TrainingSettings
from theory.errors import InvalidInputError


def test_the_record_is_what_json_reads_again() -> None:
    settings = TrainingSettings(steps=3, prompts_per_step=4, group=8, learning_rate=0.1)
    assert json.loads(json.dumps(settings.record())) == settings.record()
    assert TrainingSettings(**settings.record()) == settings
    assert settings.rows == 32


@pytest.mark.parametrize("name", ["steps", "prompts_per_step", "max_tokens", "rank", "rows_at_once", "evaluate_every"])
@pytest.mark.parametrize("value", [0, -1, 1 << 31])
def test_numbers_out_of_range_are_refused(name: str, value: int) -> None:
    change: dict[str, Any] = {name: value}
    with pytest.raises(InvalidInputError, match=rf"^{name}: got {value}\. Give a whole number of at least 1"):
        TrainingSettings(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group": 1}, r"^group: got 1\. Give a whole number of at least 2"),
        ({"seed": -1}, r"^seed: got -1"),
        ({"kl_coefficient": -0.1}, r"^kl_coefficient: got -0\.1\. Give a finite number"),
        ({"learning_rate": float("inf")}, r"^learning_rate: got inf"),
        ({"rows_at_once": 5}, r"^rows_at_once: got 5\. Give a divisor of the 32 rows"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        TrainingSettings(**change)
