from __future__ import annotations

import numpy as np
import pytest

from sims.llm import ScoredTexts
from theory.errors import InvalidInputError


def test_one_prompt_per_completion():
    with pytest.raises(InvalidInputError, match=r"prompts: got 1 for 2 completions"):
        ScoredTexts(("a",), ("b", "c"), None).check()


def test_one_row_of_features_per_completion():
    ScoredTexts(("a",), ("b",), np.zeros((1, 3), np.float32)).check()
    for shape in ((2, 3), (3,)):
        with pytest.raises(InvalidInputError, match="one row per completion"):
            ScoredTexts(("a",), ("b",), np.zeros(shape, np.float32)).check()


def test_features_of_the_number_that_is_read():
    texts = ScoredTexts(("a",), ("b",), np.ones((1, 3), np.float32))
    assert texts.check_features(3).tolist() == [[1, 1, 1]]
    with pytest.raises(InvalidInputError, match="Give 4 per completion"):
        texts.check_features(4)
    with pytest.raises(InvalidInputError, match="features: got None"):
        texts._replace(features=None).check_features(3)
