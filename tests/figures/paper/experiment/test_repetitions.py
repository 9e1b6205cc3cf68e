"""The findings of the paper's figures: repetitions computed once, and the main findings in the smallest size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from figures.drawing.intervals import mean_interval
from figures.figure import FigureData
from figures.paper.experiment import repetitions as module
from figures.paper.experiment.settings import MAIN, SIZES, Sizes
from figures.pipeline import resume
from sims.rlhf import TEACHERS, Replication, Setting
from sims.rlhf.teachers import FLAT
from theory.errors import InvalidInputError

Data = Callable[[str], FigureData]


@pytest.fixture
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(resume, "folder", lambda: tmp_path / "unfinished")
    module.repetitions.cache_clear()
    yield
    module.repetitions.cache_clear()


@pytest.mark.usefixtures("_own_folder")
def test_an_interrupted_experiment_goes_on_and_never_mixes_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[float, int]] = []

    def fake(setting: Setting, number: int, *, seeds: int, epochs: int, evaluation_samples: int) -> Replication:
        calls.append((setting.mean, number))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return Replication(*[np.full((7,), setting.mean + number)] * 3, *[np.zeros((7, seeds, epochs + 1))] * 5)

    monkeypatch.setattr(module, "replicate", fake)
    sizes = Sizes(4, 1, 2)
    with pytest.raises(KeyboardInterrupt):
        module.repetitions(MAIN, sizes)
    found = module.repetitions(MAIN, sizes)
    assert [number for _, number in calls] == [0, 1, 2, 2, 3]
    np.testing.assert_allclose(found.reward_variance[:, 0], MAIN.mean + np.arange(4))
    other = module.repetitions(replace(MAIN, mean=0.0), sizes)
    assert len(calls) == 9
    np.testing.assert_allclose(other.reward_variance[:, 0], np.arange(4))


def test_sizes_keep_the_number_of_steps_per_epoch() -> None:
    for sizes in SIZES.values():
        applied = sizes.applied(MAIN)
        taught = applied.prompts - applied.trained_prompts
        assert taught // applied.batch_size == 10


def test_intervals_agree_with_students_t() -> None:
    mean, half = mean_interval(np.array([[1.0], [2.0], [4.0]]))
    # Deviation sqrt(7/3), t with two degrees of freedom at 0.975: 4.30265273.
    assert mean[0] == pytest.approx(7 / 3)
    assert half[0] == pytest.approx(4.30265273 * np.sqrt(7 / 3) / np.sqrt(3), rel=1e-8)
    with pytest.raises(InvalidInputError, match="two or more"):
        mean_interval(np.ones((1, 2)))


def test_the_flat_model_has_the_least_variance_and_the_smallest_proxy_increase(smoke_data: Data) -> None:
    table, curves = smoke_data("table1"), smoke_data("fig2")
    assert TEACHERS[int(np.argmin(table.columns["reward_variance"]))] == FLAT
    ends = [curves.where(reward_model=name, epoch=6)["proxy_increase"][0] for name in TEACHERS]
    assert TEACHERS[int(np.argmin(ends))] == FLAT


def test_figures_of_one_experiment_show_the_same_numbers(smoke_data: Data) -> None:
    for name, values in smoke_data("fig2").columns.items():
        np.testing.assert_array_equal(values, smoke_data("fig4").columns[name])


def test_published_numbers_stand_beside_ours(smoke_data: Data) -> None:
    table = smoke_data("table2")
    rows = table.where(property="reward variance", increase="proxy", coefficient="Pearson")
    assert rows["published"][0] == 0.982
    for name in ("on-policy accuracy", "off-policy accuracy", "on- & off-policy accuracy"):
        rival = table.where(property=name, increase="proxy", coefficient="Pearson")
        assert rows["correlation"][0] > rival["correlation"][0]
    paper = smoke_data("table10").where(source="paper")
    assert len(paper["policy"]) == 12
    assert paper["ground_truth_increase"][0] == 0.176
