"""A whole run on the CPU at tiny sizes, where nothing can be imported but what `make gpu` may need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import jax
import pytest

from benchmarks.accelerator.kernels import KERNELS
from benchmarks.accelerator.sizes import FULL, TINY

ROOT = Path(__file__).parents[3]

ALLOWED = {"jax", "jaxlib", "jax_plugins", "ml_dtypes", "opt_einsum", "numpy", "scipy", "optax", "absl"}
"""What installing `jax[cuda]` and optax brings."""

ONLY_THESE = f"""
import sys

ALLOWED = {ALLOWED | {"benchmarks", "theory", "sims"}!r}

class Restricted:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        standard = top in sys.stdlib_module_names or top.startswith("_sysconfigdata")
        if standard or top in ALLOWED or top.startswith("jax_cuda"):
            return self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Restricted(finder) for finder in sys.meta_path]
"""
"""A `sitecustomize.py` after which no other package is found."""


class Run(NamedTuple):
    code: int
    printed: str
    said: str
    report: dict[str, Any]
    files: list[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("accelerator")
    (folder / "sitecustomize.py").write_text(ONLY_THESE, encoding="utf-8")
    out = folder / "report" / "gpu.json"
    cache = jax.config.jax_compilation_cache_dir  # type: ignore[attr-defined]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "JAX_PLATFORMS": "cpu",
        "FLATSCAPE_CACHE": str(folder / "cache"),
    }
    if cache:
        environment |= {"JAX_COMPILATION_CACHE_DIR": cache, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    command = [sys.executable, "-m", "benchmarks.accelerator", "--sizes", "tiny", "--out", str(out)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert out.is_file(), done.stderr
    files = [path.name for path in out.parent.iterdir()]
    return Run(done.returncode, done.stdout, done.stderr, json.loads(out.read_text(encoding="utf-8")), files)


def test_it_ends_well_without_any_other_package(run: Run) -> None:
    assert run.code == 0, run.said
    assert run.report["exit_code"] == 0
    assert run.report["stand_ins"] == ["jaxtyping", "lazy_loader"]


def test_every_kernel_agrees_with_float64(run: Run) -> None:
    assert [row["kernel"] for row in run.report["checks"]] == [kernel.name for kernel in KERNELS]
    for row in run.report["checks"]:
        assert row["verdict"] == "agrees"
        assert 0 <= row["deviation"] <= row["tolerance"]
        assert row["reason"]
        assert row["sizes"]


def test_single_precision_is_not_compared_with_itself(run: Run) -> None:
    deviations = {row["kernel"]: row["deviation"] for row in run.report["checks"]}
    for kernel in KERNELS:
        if not kernel.double:
            assert deviations[kernel.name] > 1e-9, kernel.name


def test_the_report_names_the_device_and_everything_measured(run: Run) -> None:
    report = run.report
    assert report["device"]["platform"] == "cpu"
    assert report["device"]["float64"] is True
    assert report["device"]["kind"]
    assert report["versions"]["jax"] == jax.__version__
    assert report["sizes"] == "tiny"
    assert [row["what"] for row in report["rates"]] == [
        "memory, triad",
        "sampling",
        "sampling",
        "hitting times",
        "hitting times with KL",
        "RLOO training",
    ]
    for row in report["rates"]:
        assert row["rate"] > 0
        assert row["seconds"] > 0
        assert (row["ceiling"] is not None) == (row["what"] == "sampling")
    assert [row["precision"] for row in report["rates"][1:3]] == ["float32", "bfloat16"]


def test_the_table_says_what_the_report_holds(run: Run) -> None:
    for name in [kernel.name for kernel in KERNELS] + ["tokens/s", "problems/s", "steps/s", "GB/s"]:
        assert name in run.printed
    assert run.printed.endswith(f"{run.report['verdict']}\n")
    assert "finds no accelerator" in run.said


def test_nothing_is_left_behind(run: Run) -> None:
    assert run.files == ["gpu.json"]


def test_full_sizes_are_those_of_smollm2() -> None:
    decoder = FULL.decoder
    assert (decoder.layers, decoder.embedding_size, decoder.feed_forward_size) == (30, 576, 1536)
    assert (decoder.query_heads, decoder.key_value_heads, decoder.vocabulary_size) == (9, 3, 49_152)
    assert FULL.batches == (16, 64, 256)
    assert FULL.large_outputs == 150_000
    assert TINY.trained is False
