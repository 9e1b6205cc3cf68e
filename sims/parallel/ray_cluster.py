"""Computations on a Ray cluster: its workers take parts, and a part whose worker has died is computed by another.

Ray (https://docs.ray.io, an extra) does the distributing. A cluster that runs already is found by `RAY_ADDRESS`;
otherwise one is started on this machine, and ends with the block.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, redirect_stdout
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeVar

from sims.parallel.processes import Prepare
from sims.parallel.streaming import AHEAD, Places
from theory.errors import InvalidInputError

Part = TypeVar("Part")
Result = TypeVar("Result")

RETRIES = 5
"""How often a part is begun anew because its worker has died: some die for want of memory, and would for ever."""


def check_ray() -> None:
    """**Raises** `InvalidInputError` if Ray is not installed."""
    if find_spec("ray") is None:
        raise InvalidInputError("--engine", "ray, which is not installed", "Install the extra: flatscape[ray].")


@contextmanager
def on_ray(compute: Callable[[Part], Result], count: int, prepare: Prepare) -> Iterator[Places[Part, Result]]:
    """Workers of a Ray cluster: `count` of them on this machine, or as many as the cluster has cores for.

    **Arguments**: `compute`, a function of a module that every machine of the cluster has, or a partial one; `prepare`:
    called once in each worker before it computes.

    **Raises** `InvalidInputError` if Ray is not installed, or the cluster cannot be reached.
    """
    check_ray()
    address = os.environ.get("RAY_ADDRESS")
    # Nothing is reported to anybody, and a cluster of this machine listens to this machine alone.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if not address:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    import ray

    # Ray prints that workers have died; results may be meant for standard output.
    with redirect_stdout(sys.stderr):
        local: dict[str, Any] = {} if address else {"num_cpus": count}
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        try:
            ray.init(address=address, include_dashboard=False, **quiet, **local)
        except ConnectionError as error:
            raise InvalidInputError("RAY_ADDRESS", address, f"No cluster answers there ({error}).") from None
        try:
            task: Any = ray.remote(num_cpus=1, max_retries=RETRIES)(_prepared)
            held = ray.put(compute)

            def submit(part: Part) -> Future[Result]:
                return task.remote(held, prepare, part).future()

            yield Places(submit, AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1))))
        finally:
            ray.shutdown()


def _prepared(compute: Callable[[Part], Result], prepare: Prepare, part: Part) -> Result:
    _prepare_once(prepare)
    return compute(part)


@cache
def _prepare_once(prepare: Prepare) -> None:
    prepare(1)
