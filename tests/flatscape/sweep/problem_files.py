"""Small Parquet files of problems, as the tests of sweeps read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl


def mixed_problems(count: int, *, seed: int = 0, largest: int = 5) -> list[dict[str, Any]]:
    """Problems of two to `largest` outputs without KL term, as records of JSON."""
    rng = np.random.default_rng(seed)
    problems = []
    for k in range(count):
        size = int(rng.integers(2, largest + 1))
        problems.append(
            {
                "initial_logits": rng.normal(size=size).tolist(),
                "proxy_reward": rng.uniform(-1, 1, size).tolist(),
                "ground_truth_reward": rng.uniform(-1, 1, size).tolist(),
                "prompts": 1 + k % 3,
                "gamma": float(rng.uniform(0.01, 0.1)),
                "name": f"problem {k}",
            }
        )
    return problems


def write_problems(path: Path, problems: list[dict[str, Any]], **options: Any) -> Path:
    """A file with a row for each problem."""
    pl.DataFrame(problems, infer_schema_length=None).write_parquet(path, **options)
    return path
