"""Parts on a Ray cluster of this machine, also where its workers are killed."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from sims.parallel import ray_cluster
from sims.parallel.processes import no_preparation
from sims.parallel.ray_cluster import check_ray, on_ray
from sims.parallel.streaming import streamed
from theory.errors import InvalidInputError

ray = pytest.mark.skipif(ray_cluster.find_spec("ray") is None, reason="the extra flatscape[ray] is not installed")


def square_unless_killed(folder: str, number: int) -> int:
    """A part's result; the first worker that has part 3 is killed in the midst of it."""
    if number == 3:
        try:
            (Path(folder) / "killed").touch(exist_ok=False)
        except FileExistsError:
            return number**2
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


@ray
def test_a_part_whose_worker_is_killed_is_done_by_another(tmp_path):
    with on_ray(partial(square_unless_killed, str(tmp_path)), 2, no_preparation) as places:
        found = dict(streamed(places, ((k, k) for k in range(8))))
    assert found == {k: k**2 for k in range(8)}
    assert (tmp_path / "killed").exists()


def test_without_ray_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: None)
    with pytest.raises(InvalidInputError, match=r"--engine.*Install the extra: flatscape\[ray\]"):
        check_ray()
