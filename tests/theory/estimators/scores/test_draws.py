from __future__ import annotations

import numpy as np
import pytest

from theory.errors import InvalidInputError
from theory.estimators.scores.draws import check_draws, of_draws, of_prompt

GRAM = np.arange(36.0).reshape(2, 3, 2, 3)


def test_parts_of_a_gram_matrix() -> None:
    assert of_prompt(GRAM, 1)[0, :, 0].tolist() == GRAM[1, :, 1].tolist()
    found = of_draws(GRAM, np.array([2, 0]), np.array([1]))
    assert found.tolist() == [[GRAM[x, k, y, 1] for y in (0, 1)] for x in (0, 1) for k in (2, 0)]


@pytest.mark.parametrize(
    ("rewards", "gram", "named"),
    [
        (np.zeros((2, 3)), GRAM[:, :2], "gram"),
        (np.zeros((3, 2)), GRAM, "rewards"),
        (np.zeros(3), None, "rewards"),
        (np.zeros((2, 2)), None, "rewards"),
        (np.zeros((0, 3)), None, "rewards"),
        (np.full((2, 3), np.nan), GRAM, "rewards"),
        (None, GRAM + np.inf, "gram"),
    ],
)
def test_refuses_what_is_no_table_of_draws(rewards: np.ndarray, gram: np.ndarray, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        check_draws(rewards, gram, least=3)
