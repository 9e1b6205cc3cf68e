"""Completions of the initial policy: drawn once, kept, and found again only where all is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sims.llm import completion_log_probabilities, word_model
from sims.llm.experiment import initial_samples as module
from sims.llm.experiment.initial_samples import InitialSamples, initial_samples
from sims.llm.training.placement import placement
from sims.llm.training.rollout import Rollout, Sampler
from tests.small_training import small_model

PROMPTS = ("the film was", "my day", "this book")


def drawn(file: Path, **changes: Any) -> InitialSamples:
    options: dict[str, Any] = {"model": small_model(), "prompts": PROMPTS, "each": 2, "max_tokens": 4} | changes
    positional = [options.pop(name) for name in ("model", "prompts", "each", "max_tokens")]
    return initial_samples(*positional, file=file, placement=placement(), **options)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, InitialSamples]:
    file = tmp_path_factory.mktemp("samples") / "samples.npz"
    return file, drawn(file)


def assert_same(found: InitialSamples, wanted: InitialSamples) -> None:
    for name, left, right in zip(InitialSamples._fields, found, wanted, strict=True):
        np.testing.assert_array_equal(left, right, err_msg=name)


def test_each_completion_has_its_prompt_and_its_log_probability(kept: tuple[Path, InitialSamples]) -> None:
    found = kept[1]
    assert found.prompts == tuple(text for text in PROMPTS for _ in range(2))
    assert (found.features.shape, found.log_probabilities.shape) == ((6, 64), (6,))
    found.texts().check()
    tokenizer = small_model().require_tokenizer()
    for text, length, logprob, prompt in zip(
        found.completions, found.lengths, found.log_probabilities, found.prompts, strict=True
    ):
        ids = tokenizer.encode(text)
        if len(ids) == length:  # Neither an end nor a token without a text.
            (values,) = completion_log_probabilities(small_model(), [tokenizer.encode(prompt)], [ids])
            assert float(logprob) == pytest.approx(float(values.sum()), abs=5e-5)


def test_what_was_drawn_is_found_again(kept: tuple[Path, InitialSamples], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(module, "Sampler", refuse)
    assert_same(drawn(kept[0]), kept[1])


@pytest.mark.parametrize(
    "changes",
    [
        {"prompts": (*PROMPTS[:2], "that book")},
        {"each": 3},
        {"max_tokens": 5},
        {"prefix": "good "},
        {"first_number": 1 << 24},
        {"model": word_model(1)},
        {"model": word_model(dtype="bfloat16")},
    ],
)
def test_it_is_drawn_anew_where_anything_differs(
    kept: tuple[Path, InitialSamples], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    """The random model hardly reads its prompt, so that completions may be the same all the same."""
    draws: list[int] = []

    class Counting(Sampler):
        def draw(self, *arguments: Any, **others: Any) -> Rollout:
            draws.append(1)
            return super().draw(*arguments, **others)

    monkeypatch.setattr(module, "Sampler", Counting)
    file = tmp_path / "samples.npz"
    file.write_bytes(kept[0].read_bytes())
    drawn(file, **changes)
    assert len(draws) == 1
    assert file.read_bytes() != kept[0].read_bytes()
    assert_same(drawn(file), kept[1])
    assert len(draws) == 2
    assert file.read_bytes() == kept[0].read_bytes()


@pytest.mark.parametrize("damage", [b"", b"no archive"])
def test_a_damaged_file_is_replaced(kept: tuple[Path, InitialSamples], tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "samples.npz"
    file.write_bytes(damage)
    assert_same(drawn(file), kept[1])
    assert file.read_bytes() == kept[0].read_bytes()


def test_another_source_is_judged_after_the_plain_prompt(tmp_path: Path) -> None:
    """Drawn after a prefix; features and log-probabilities are those of the completion after its prompt alone."""
    found = drawn(tmp_path / "a.npz", prefix="good great happy love kind best nice ")
    plain = drawn(tmp_path / "b.npz", first_number=7)
    assert found.prompts == plain.prompts
    tokenizer = small_model().require_tokenizer()
    compared = 0
    for text, length, logprob, prompt in zip(
        found.completions, found.lengths, found.log_probabilities, found.prompts, strict=True
    ):
        ids = tokenizer.encode(text)
        if len(ids) == length:
            (values,) = completion_log_probabilities(small_model(), [tokenizer.encode(prompt)], [ids])
            assert float(logprob) == pytest.approx(float(values.sum()), abs=5e-5)
            compared += 1
    assert compared >= 3


def test_many_prompts_are_drawn_in_blocks_that_do_not_matter(
    kept: tuple[Path, InitialSamples], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS", 4)
    shares: list[float] = []
    found = drawn(tmp_path / "samples.npz", progress=shares.append)
    assert shares == [2 / 3, 1.0]
    assert found.completions == kept[1].completions
    np.testing.assert_allclose(found.features, kept[1].features, atol=1e-5)
