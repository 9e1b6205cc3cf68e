"""Settings refuse what cannot be drawn, naming the field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sims.rlhf import Setting
from sims.rlhf.setting import check_one_number
from theory.errors import InvalidInputError


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"mean": float("nan")}, "mean"),
        ({"prompts": 1}, "prompts"),
        ({"features": 5}, "even"),
        ({"visible_features": 26}, "There are 24 features"),
        ({"transfer": 1.5}, "transfer"),
        ({"within_variance": -0.1}, "within_variance"),
        ({"kl_coefficient": -0.05}, "kl_coefficient"),
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"reward_model_learning_rate": -0.3}, "reward_model_learning_rate"),
        ({"flattening": 0.0}, "flattening"),
        ({"samples": 1}, "samples"),
        ({"batch_size": 7}, "divisor of the 100 prompts"),
        ({"reward_model_share": 1.0}, "reward_model_share"),
        ({"normalisation": "none"}, "Known: samples, variance"),
        ({"estimator": "reinforce"}, "Known: rloo, grpo"),
        ({"optimizer": "lion"}, "Known: adam, sgd"),
    ],
)
def test_a_setting_that_cannot_be_drawn_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        replace(Setting(), **changed)


def test_counts_follow_from_the_numbers() -> None:
    setting = Setting(prompts=50)
    assert (setting.trained_prompts, setting.outputs) == (40, 24)


@pytest.mark.parametrize("value", ["fast", [0.1, 0.2], None, True, float("inf"), 1j])
def test_what_is_no_single_number_is_named(value: object) -> None:
    with pytest.raises(InvalidInputError, match="learning_rate"):
        check_one_number("learning_rate", value)
