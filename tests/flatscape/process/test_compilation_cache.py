"""The cache of compiled programs: damaged entries are replaced, it has a limit, and without it everything works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flatscape.process.compilation_cache import ENTRIES, drop_unused_entries

COMPUTE = """
import sys, warnings
import jax, jax.numpy as jnp
from flatscape.process.compilation_cache import use_compilation_cache

use_compilation_cache(quiet="quiet" in sys.argv)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
if "fail" in sys.argv:
    from jax._src import lru_cache
    def full(self, key, value):
        raise OSError(28, "No space left on device")
    lru_cache.LRUCache.put = full
for power in (2, 3, 5):
    def compute(x, power=power): return jnp.sum(jnp.sort(x) ** power)
    compute.__name__ = f"compute_{power}"
    print(float(jax.jit(compute)(jnp.arange(3.0))))
warnings.warn("something else")
"""
ANSWERS = ["5.0", "9.0", "33.0"]


def run(cache: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"FLATSCAPE_CACHE": str(cache), "JAX_PLATFORMS": "cpu"}
    environment.pop("PYTHONWARNINGS", None)
    return subprocess.run(
        [sys.executable, "-c", COMPUTE, *options], env=environment, capture_output=True, text=True, check=True
    )


def entry(cache: Path, name: str) -> Path:
    (found,) = (cache / "compiled").glob(f"jit_{name}-*-cache")
    return found


def test_damaged_entries_are_replaced_without_a_word(tmp_path: Path) -> None:
    assert run(tmp_path).stdout.split() == ANSWERS
    whole = {name: entry(tmp_path, name).read_bytes() for name in ("compute_2", "compute_3", "compute_5")}
    entry(tmp_path, "compute_2").write_bytes(whole["compute_2"][: len(whole["compute_2"]) // 2])
    entry(tmp_path, "compute_3").write_bytes(b"")
    entry(tmp_path, "compute_5").write_bytes(b"not compressed")
    again = run(tmp_path)
    assert again.stdout.split() == ANSWERS
    assert "cache" not in again.stderr
    # Warnings about anything else are shown as ever.
    assert "something else" in again.stderr
    for name, content in whole.items():
        assert entry(tmp_path, name).stat().st_size > 0.9 * len(content), "written again, and whole"
    third = run(tmp_path)
    assert (third.stdout.split(), "cache" in third.stderr) == (ANSWERS, False)


def test_jax_alone_would_warn_for_ever(tmp_path: Path) -> None:
    run(tmp_path)
    damaged = entry(tmp_path, "compute_2")
    damaged.write_bytes(b"")
    plain = COMPUTE.replace("\nfor power", "\nwarnings.showwarning = warnings._showwarning_orig\nfor power")
    environment = os.environ | {"FLATSCAPE_CACHE": str(tmp_path), "JAX_PLATFORMS": "cpu"}
    found = subprocess.run([sys.executable, "-c", plain], env=environment, capture_output=True, text=True, check=True)
    assert "Error reading persistent compilation cache entry for 'jit_compute_2'" in found.stderr
    assert damaged.read_bytes() == b""


@pytest.mark.parametrize("trouble", ["a file in its place", "a full disk"])
def test_without_a_cache_it_works_and_says_so_once(tmp_path: Path, trouble: str) -> None:
    cache = tmp_path / "cache"
    options = ["fail"] if trouble == "a full disk" else []
    if not options:
        cache.write_text("no folder")
    found = run(cache, *options)
    assert found.stdout.split() == ANSWERS
    assert found.stderr.count("compiled programs are not kept for the next run") == 1
    assert found.stderr.count("cache") <= 2
    assert "not kept" not in run(cache, "quiet", *options).stderr


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    for age, name in enumerate(["new", "middle", "old"]):
        path = tmp_path / f"jit_{name}-0123-cache"
        path.write_bytes(bytes(1000))
        os.utime(path, (1e9 - age, 1e9 - age))
    # Made first, but used since.
    os.utime(tmp_path / "jit_old-0123-cache", (2e9, 1e9 - 2))
    (tmp_path / "a person's own file").write_bytes(bytes(5000))

    def kept() -> list[str]:
        return sorted(path.name[4:-11] for path in tmp_path.glob(ENTRIES))

    drop_unused_entries(tmp_path, 3000)
    assert kept() == ["middle", "new", "old"]
    drop_unused_entries(tmp_path, 2999)
    assert kept() == ["new", "old"]
    drop_unused_entries(tmp_path, 1500)
    assert kept() == ["old"]
    drop_unused_entries(tmp_path, 0)
    assert kept() == []
    assert (tmp_path / "a person's own file").exists()


def test_the_limit_holds_at_the_start_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "compiled"
    folder.mkdir()
    old = folder / "jit_old-0123-cache"
    with old.open("wb") as stream:
        stream.truncate(2**30 + 1)
    run(tmp_path)
    assert not old.exists()
    assert len(list(folder.glob(ENTRIES))) >= 3
