"""Unpacked weights between runs: the same numbers to the last bit, and nothing but time is lost without them."""

from __future__ import annotations

import errno
import os

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import load_language_model
from sims.llm.checkpoints import weights_cache
from sims.llm.checkpoints.weights_cache import WeightsCache
from sims.llm.decoder.forward import last_logits


class Listening:
    """What was said, and how often weights were unpacked."""

    def __init__(self, monkeypatch) -> None:
        self.said: list[str] = []
        self.unpacked = 0
        read = weights_cache.WeightsCache.parameters

        def counting(cache, checksum, config, dtype, make):
            def counted():
                self.unpacked += 1
                return make()

            return read(cache, checksum, config, dtype, counted)

        monkeypatch.setattr(weights_cache.WeightsCache, "parameters", counting)


@pytest.fixture
def listening(monkeypatch):
    return Listening(monkeypatch)


def same(one, other):
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_is_kept_is_what_was_read(tmp_path, tiny_file, listening, dtype):
    cache = WeightsCache(tmp_path / "weights", listening.said.append)
    plain = load_language_model(tiny_file, dtype=dtype)
    for unpacked in (1, 1):
        loaded = load_language_model(tiny_file, dtype=dtype, weights_cache=cache)
        same(loaded.parameters, plain.parameters)
        assert listening.unpacked == unpacked
    tokens, kept = jnp.array([[1, 2, 3]], jnp.int32), jnp.ones((1, 3), bool)
    np.testing.assert_array_equal(
        last_logits(loaded.parameters, loaded.config, tokens, kept),
        last_logits(plain.parameters, plain.config, tokens, kept),
    )
    assert len(list((tmp_path / "weights").iterdir())) == 1
    assert not listening.said


def test_another_precision_or_layout_is_another_file(tmp_path, tiny_file, listening, monkeypatch):
    cache = WeightsCache(tmp_path, listening.said.append)
    load_language_model(tiny_file, weights_cache=cache)
    load_language_model(tiny_file, dtype="bfloat16", weights_cache=cache)
    assert listening.unpacked == 2
    monkeypatch.setattr(weights_cache, "LAYOUT", 0)
    load_language_model(tiny_file, weights_cache=cache)
    assert listening.unpacked == 3


@pytest.mark.parametrize("damage", ["cut off", "longer", "header", "empty", "folder"])
def test_what_is_damaged_is_made_again(tmp_path, tiny_file, listening, damage):
    cache = WeightsCache(tmp_path, listening.said.append)
    first = load_language_model(tiny_file, weights_cache=cache)
    first = jax.tree.map(np.array, first.parameters)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    else:
        changed = {"cut off": content[:-1], "longer": content + b"\0", "header": b"x" + content[1:], "empty": b""}
        path.write_bytes(changed[damage])
    same(load_language_model(tiny_file, weights_cache=cache).parameters, first)
    assert listening.unpacked == 2
    if damage == "folder":
        assert len(listening.said) == 1
        return
    assert path.read_bytes() == content
    load_language_model(tiny_file, weights_cache=cache)
    assert (listening.unpacked, listening.said) == (2, [])


def test_without_a_place_to_keep_them_everything_works_and_one_sentence_says_so(tmp_path, tiny_file, listening):
    (tmp_path / "file").touch()
    cache = WeightsCache(tmp_path / "file" / "weights", listening.said.append)
    same(load_language_model(tiny_file, weights_cache=cache).parameters, load_language_model(tiny_file).parameters)
    (sentence,) = listening.said
    assert sentence.startswith("unpacked weights are not kept for the next run: ")


def test_a_full_disk_leaves_nothing_behind(tmp_path, tiny_file, listening, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    cache = WeightsCache(tmp_path, listening.said.append)
    load_language_model(tiny_file, weights_cache=cache)
    assert list(tmp_path.iterdir()) == []
    assert listening.said[0].endswith("cannot be used (No space left on device)")


def test_large_models_are_not_kept_and_old_ones_are_dropped(tmp_path, tiny_file, listening, monkeypatch):
    cache = WeightsCache(tmp_path, listening.said.append)
    monkeypatch.setattr(weights_cache, "LARGEST", 10)
    load_language_model(tiny_file, weights_cache=cache)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(weights_cache, "LARGEST", 2**30)
    monkeypatch.setattr(weights_cache, "LARGEST_TOGETHER", 10)
    old = tmp_path / "weights-old-float32.bin"
    old.write_bytes(bytes(20))
    load_language_model(tiny_file, weights_cache=cache)
    assert not old.exists()
    load_language_model(tiny_file, weights_cache=cache)
    assert listening.unpacked == 2
