"""A Chromium and the language model for tests of notebooks, or a skip that says why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sims.llm.model_file import fetch_model
from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser without a window; without one tests are skipped, but fail where CI is set."""
    from tools.notebook_browser import browser, find_chromium

    if find_chromium() is None:
        reason = "there is no Chromium: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The language model's file; without it tests are skipped, but fail where CI is set."""
    try:
        return fetch_model()
    except InvalidInputError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the model cannot be had: {error}")
