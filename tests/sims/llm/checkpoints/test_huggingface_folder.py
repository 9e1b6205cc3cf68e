"""Golden checkpoints of every architecture against transformers, and what a folder may and may not hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import LanguageModel, load_language_model, logits_after_tokens, scores_of_tokens, sequence_scores
from sims.llm.checkpoints.huggingface_folder import fused_part
from sims.llm.checkpoints.safetensors_folder import read_folder_tensors
from theory.errors import InvalidInputError

GOLDEN = Path(__file__).parents[1] / "golden" / "checkpoints"
NAMES = sorted(json.loads((GOLDEN / "golden.json").read_text(encoding="utf-8"))["cases"])
Checkpoint = Callable[[str], Path]
Copied = Callable[..., Path]


def outputs(model: LanguageModel, rows: list[list[int]]) -> np.ndarray:
    return (scores_of_tokens if model.config.labels else logits_after_tokens)(model, rows)


def test_there_is_every_architecture_tied_untied_and_with_a_score() -> None:
    architectures = ("llama", "gpt_neox", "qwen2", "qwen3", "gemma", "gemma2")
    assert {f"{name}-{kind}" for name in architectures for kind in ("tied", "untied", "score")} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_equal_those_of_transformers(checkpoint: Checkpoint, golden: dict[str, Any], name: str) -> None:
    """Largest difference measured: 6e-6, of logits up to 6 (float32 on both sides)."""
    expected = np.array(golden["cases"][name]["outputs"])
    np.testing.assert_allclose(outputs(load_language_model(checkpoint(name)), golden["rows"]), expected, atol=3e-5)


@pytest.mark.parametrize("name", ["llama-untied", "llama-biases"])
@pytest.mark.parametrize("number", [0, 1])
def test_scaled_positions_reach_as_far_as_the_context(
    checkpoint: Checkpoint, golden: dict[str, Any], name: str, number: int
) -> None:
    """Largest difference measured: 2e-5, at 8,192 tokens: angles are then rounded to 5e-4 radians on both sides."""
    case = golden["cases"][name]["long"][number]
    row = np.random.default_rng(case["length"]).integers(97, size=case["length"]).tolist()
    model = load_language_model(checkpoint(name))
    np.testing.assert_allclose(outputs(model, [row])[0], case["outputs"], atol=1e-4)
    with pytest.raises(InvalidInputError, match="Give at most 8192"):
        outputs(model, [[1] * 8193])


@pytest.mark.parametrize("name", ["llama-score", "gpt_neox-score", "gemma2-score"])
def test_scores_do_not_depend_on_padding_or_company(checkpoint: Checkpoint, golden: dict[str, Any], name: str) -> None:
    model = load_language_model(checkpoint(name))
    run = jax.jit(sequence_scores, static_argnames="config")
    rows = golden["rows"]
    alone = outputs(model, rows)
    for left in (True, False):
        # The padding holds tokens of the rows themselves: the mask alone says what counts.
        padded, kept = np.full((4, 48), rows[0][-1]), np.zeros((4, 48), bool)
        for number, row in enumerate([*rows, rows[0]]):
            place = slice(48 - len(row), None) if left else slice(len(row))
            padded[number, place], kept[number, place] = row, True
        scores = run(model.parameters, model.config, jnp.asarray(padded, jnp.int32), jnp.asarray(kept))
        np.testing.assert_allclose(np.asarray(scores)[:3], alone, atol=3e-6)
        np.testing.assert_allclose(np.asarray(scores)[3], alone[0], atol=3e-6)
    for number, row in enumerate(rows):
        np.testing.assert_allclose(outputs(model, [row])[0], alone[number], atol=3e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("llama-b")])
def test_bfloat16_stays_near_float32(checkpoint: Checkpoint, golden: dict[str, Any], name: str) -> None:
    """bfloat16 keeps 8 bits: over two layers outputs may move by 4% of the largest (largest measured: 1.6%)."""
    wide, narrow = (
        outputs(load_language_model(checkpoint(name), dtype=dtype), golden["rows"]) for dtype in ("float32", "bfloat16")
    )
    assert np.abs(wide - narrow).max() <= 0.04 * np.abs(wide).max()
    assert np.abs(wide - narrow).max() > 0


def test_fused_rows_are_heads_by_three_by_size() -> None:
    stored = np.arange(2 * 3 * 4)
    np.testing.assert_array_equal(fused_part(stored, 1, heads=2), [4, 5, 6, 7, 16, 17, 18, 19])


def tensors_of(folder: Path) -> dict[str, np.ndarray]:
    found = read_folder_tensors(folder)
    return {name: found.read(name) for name in found.shapes}


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("llama-tied", "model.layers.1.mlp.up_proj.weight"),
        ("gpt_neox-tied", "gpt_neox.layers.0.attention.query_key_value.bias"),
        ("qwen3-score", "score.weight"),
        ("qwen2-score", "model.norm.weight"),
    ],
)
def test_every_tensor_is_needed(copied: Copied, write_safetensors: Any, name: str, tensor: str) -> None:
    folder = copied(name)
    kept = {key: values for key, values in tensors_of(folder).items() if key != tensor}
    write_safetensors(folder / "model.safetensors", kept)
    with pytest.raises(InvalidInputError, match=f"no tensor {tensor}"):
        load_language_model(folder)


def changed(folder: Path, write: Any, changes: Mapping[str, np.ndarray]) -> Path:
    write(folder / "model.safetensors", tensors_of(folder) | dict(changes))
    return folder


def test_a_tensor_too_many_is_named(copied: Copied, write_safetensors: Any) -> None:
    extra = {"model.layers.0.self_attn.q_proj.bias": np.zeros(16, np.float32)}
    with pytest.raises(InvalidInputError, match=r"q_proj\.bias.*does not know"):
        load_language_model(changed(copied("llama-tied"), write_safetensors, extra))


def test_a_tensor_of_another_shape_is_named(copied: Copied, write_safetensors: Any) -> None:
    other = {"score.weight": np.zeros((2, 16), np.float32)}
    with pytest.raises(InvalidInputError, match=r"score\.weight of shape \(2, 16\) instead of \(1, 16\)"):
        load_language_model(changed(copied("llama-score"), write_safetensors, other))


def test_numbers_that_are_not_finite_are_named(copied: Copied, write_safetensors: Any) -> None:
    for value in (np.nan, np.inf):
        broken = {"model.norm.weight": np.full(16, value, np.float32)}
        with pytest.raises(InvalidInputError, match=r"model\.norm\.weight holds numbers that are not finite"):
            load_language_model(changed(copied("llama-tied"), write_safetensors, broken))


def test_a_tied_file_may_repeat_its_embedding_only(
    copied: Copied, write_safetensors: Any, golden: dict[str, Any]
) -> None:
    folder = copied("llama-tied")
    embedding = tensors_of(folder)["model.embed_tokens.weight"]
    changed(folder, write_safetensors, {"lm_head.weight": embedding})
    expected = np.array(golden["cases"]["llama-tied"]["outputs"])
    np.testing.assert_allclose(outputs(load_language_model(folder), golden["rows"]), expected, atol=3e-5)
    with pytest.raises(InvalidInputError, match=r"differs from model\.embed_tokens\.weight"):
        load_language_model(changed(folder, write_safetensors, {"lm_head.weight": embedding + 1}))


def test_constants_of_older_files_are_left_aside(
    copied: Copied, write_safetensors: Any, golden: dict[str, Any]
) -> None:
    constants: dict[str, np.ndarray] = {
        "gpt_neox.layers.0.attention.bias": np.tril(np.ones((1, 1, 8, 8), np.uint8)),
        "gpt_neox.layers.0.attention.masked_bias": np.array([-1e9], np.float32),
        "gpt_neox.layers.1.attention.rotary_emb.inv_freq": np.ones(2, np.float32),
    }
    folder = changed(copied("gpt_neox-untied"), write_safetensors, constants)
    expected = np.array(golden["cases"]["gpt_neox-untied"]["outputs"])
    np.testing.assert_allclose(outputs(load_language_model(folder), golden["rows"]), expected, atol=3e-5)
