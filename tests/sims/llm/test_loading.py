"""Models out of any file, and a checksum that names their content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from sims.llm import load_language_model, model_file
from theory.errors import InvalidInputError


def test_the_checksum_of_a_folder_is_that_of_its_content(copied: Callable[..., Path], tmp_path: Path) -> None:
    folder = copied("llama-tied")
    before = load_language_model(folder).checksum
    assert len(before) == 64
    assert load_language_model(folder.rename(tmp_path / "elsewhere")).checksum == before
    assert load_language_model(copied("llama-tied", rms_norm_eps=1e-5)).checksum != before


def test_a_file_is_hashed_once(tiny_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_file._sha256.cache_clear()
    model = load_language_model(tiny_file)
    checksums = {model.checksum, load_language_model(tiny_file).checksum, model_file.file_sha256(tiny_file)}
    assert len(checksums) == 1
    assert model_file._sha256.cache_info().misses == 1


def test_precisions(copied: Callable[..., Path], tiny_file: Path) -> None:
    for path in (copied("gpt_neox-tied"), tiny_file):
        for dtype in ("float32", "bfloat16"):
            leaves = jax.tree.leaves(load_language_model(path, dtype=dtype).parameters)
            assert {leaf.dtype for leaf in leaves} == {jnp.dtype(dtype)}
        with pytest.raises(InvalidInputError, match="float32, bfloat16"):
            load_language_model(path, dtype="int8")


def test_paths_that_lead_nowhere(tmp_path: Path, copied: Any) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        load_language_model(tmp_path / "none" / "of" / "these")
    with pytest.raises(InvalidInputError, match=r"config\.json"):
        load_language_model(tmp_path)
    folder = copied("llama-tied", num_hidden_layers=1 << 20)
    with pytest.raises(InvalidInputError, match="1048576 layers declared"):
        load_language_model(folder)
