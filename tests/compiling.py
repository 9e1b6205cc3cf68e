"""How the programs of a test run are compiled: with little optimisation, or as users do.

Most of a test run is compiling, which takes half of the time with little optimisation. So only those tests whose
numbers the optimisation may change are compiled as users do, by the second half of `make test-all`, which is part of
CI. CI's `make paper` and `make notebooks` compile as users do too: every statement is checked with optimised programs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import jax
import jaxlib

AS_USERS_DO: Sequence[str] = (
    "tests/sims/exact_flow/",
    "tests/sims/parallel/",
    "tests/sims/parameter_space/",
    "tests/sims/policy_gradient/",
    "tests/sims/regularized_flow/",
    "tests/sims/rlhf/",
    "tests/sims/sensitivity/",
    "tests/sims/teaching/",
    "tests/sims/test_",
    "tests/theory/bounds/",
    "tests/theory/estimators/",
    "tests/theory/parameter_space/",
    "tests/theory/policies/",
    "tests/theory/tabular/",
    "tests/theory/test_",
)
"""Beginnings of the ids of tests whose numbers the optimisation may change: of formulas and of simulators."""

CHOICE = "COMPILE_AS_USERS_DO"
"""The environment variable that asks for it."""

LITTLE = "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=0"
"""A version of the compiler that does not know a setting would end the process."""


def is_compiled_as_users_do(test: str) -> bool:
    """Whether the test of that id is among them."""
    return test.startswith(tuple(AS_USERS_DO))


def choose_compiling() -> None:
    """Sets the compiler's flags, for this process and those that it starts, before anything is computed."""
    if not os.environ.get(CHOICE) and jaxlib.__version__.startswith("0.10."):
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = flags if LITTLE in flags else f"{flags} {LITTLE}".strip()


def on_devices(count: int) -> str:
    """The compiler's flags for a process with that many simulated devices."""
    return f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={count}".strip()


def keep_every_program() -> None:
    """Lets other processes, and this one once it has dropped its programs, find even what is compiled in no time."""
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
