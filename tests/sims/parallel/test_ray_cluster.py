"""Parts on a Ray cluster of this machine, also where its workers are killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sims.parallel import ray_cluster
from sims.parallel.ray_cluster import check_ray
from theory.errors import InvalidInputError

ROOT = Path(__file__).parents[3]

# In a process of its own: a cluster is started by processes that fork, and here JAX has threads.
SQUARES = """
import sys
from functools import partial
from sims.parallel.processes import no_preparation
from sims.parallel.ray_cluster import on_ray
from sims.parallel.streaming import streamed
from tests.sims.parallel.killed_worker import square_unless_killed
with on_ray(partial(square_unless_killed, sys.argv[1]), 2, no_preparation) as places:
    found = sorted(streamed(places, ((k, k) for k in range(8))))
    import ray
    addresses = {node["NodeManagerAddress"] for node in ray.nodes()}
print(found, *addresses)
"""


@pytest.mark.skipif(
    ray_cluster.find_spec("ray") is None and not os.environ.get("CI"),
    reason="the extra flatscape[ray] is not installed",
)
def test_a_part_whose_worker_is_killed_is_done_by_another(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SQUARES, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    # A cluster of this machine is open to this machine alone.
    assert done.stdout == f"{[(k, k**2) for k in range(8)]} 127.0.0.1\n", done.stderr
    assert (tmp_path / "killed").exists()


def test_without_ray_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: None)
    with pytest.raises(InvalidInputError, match=r"--engine.*Install the extra: flatscape\[ray\]"):
        check_ray()
