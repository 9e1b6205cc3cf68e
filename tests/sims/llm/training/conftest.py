"""A run without interruption, of adapted weights and of all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sims.llm import Curve
from tests.small_training import training_run


@pytest.fixture(scope="module", params=["lora", "all"])
def trained(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, trained: str) -> tuple[Path, Curve]:
    """A run without interruption, whose parameters are kept."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, replace(training_run(folder, trained=trained), keep_trained=True).run()
