"""The language model for those tests that are marked with it."""

from __future__ import annotations

import os

import pytest

from sims.llm.model_file import fetch_model
from theory.errors import InvalidInputError


@pytest.fixture(autouse=True)
def model_where_it_is_needed(request: pytest.FixtureRequest) -> None:
    """Without the model such tests are skipped, but fail where CI is set."""
    if request.node.get_closest_marker("model") is None:
        return
    try:
        fetch_model()
    except InvalidInputError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the model cannot be had: {error}")
