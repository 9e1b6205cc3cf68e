"""Shards and their index: they agree, or the error names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sims.llm.checkpoints.safetensors_folder import read_folder_tensors
from theory.errors import InvalidInputError

INDEX = "model.safetensors.index.json"
FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


@pytest.fixture
def sharded(copied: Callable[..., Path]) -> Path:
    return copied("llama-untied")


def test_tensors_come_from_all_shards(sharded: Path) -> None:
    found = read_folder_tensors(sharded)
    assert found.files == (sharded / FIRST, sharded / SECOND)
    assert set(found.shapes) == set(json.loads((sharded / INDEX).read_text())["weight_map"])


def test_a_missing_shard_is_named(sharded: Path) -> None:
    (sharded / SECOND).unlink()
    with pytest.raises(InvalidInputError, match=f"shard {SECOND} is missing"):
        read_folder_tensors(sharded)


@pytest.mark.parametrize("cut", [0, 4, 40, -1])
def test_a_truncated_shard_is_named(sharded: Path, cut: int) -> None:
    whole = (sharded / SECOND).read_bytes()
    (sharded / SECOND).write_bytes(whole[:cut])
    with pytest.raises(InvalidInputError, match=rf"{SECOND} \(truncated"):
        read_folder_tensors(sharded)


def index_with(folder: Path, change: Callable[[dict[str, str]], object]) -> None:
    index = json.loads((folder / INDEX).read_text())
    change(index["weight_map"])
    (folder / INDEX).write_text(json.dumps(index))


def test_index_and_shards_have_to_agree(sharded: Path) -> None:
    index_with(sharded, lambda places: places.update({"made.up": FIRST}))
    with pytest.raises(InvalidInputError, match=r"no tensor made\.up, which the index places here"):
        read_folder_tensors(sharded)
    index_with(sharded, lambda places: [places.pop("made.up"), places.pop("lm_head.weight")])
    with pytest.raises(InvalidInputError, match=r"lm_head\.weight', which the index does not place here"):
        read_folder_tensors(sharded)


@pytest.mark.parametrize("shard", ["../model.safetensors", "weights.bin", "/elsewhere/model.safetensors"])
def test_shards_lie_in_the_folder(sharded: Path, shard: str) -> None:
    index_with(sharded, lambda places: places.update({"made.up": shard}))
    with pytest.raises(InvalidInputError, match="a shard named"):
        read_folder_tensors(sharded)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(InvalidInputError, match="pickles can run code"):
        read_folder_tensors(tmp_path)
    (tmp_path / "pytorch_model.bin").unlink()
    with pytest.raises(InvalidInputError, match=r"neither model\.safetensors nor"):
        read_folder_tensors(tmp_path)


def test_an_index_without_a_map(tmp_path: Path) -> None:
    for content in ("{}", '{"weight_map": 3}', '{"weight_map": {"w": 3}}'):
        (tmp_path / INDEX).write_text(content)
        with pytest.raises(InvalidInputError, match="no weight_map"):
            read_folder_tensors(tmp_path)
