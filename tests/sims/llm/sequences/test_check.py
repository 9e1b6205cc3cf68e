from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from sims.llm import LanguageModel, load_language_model
from sims.llm.decoder.parameters import count_parameters
from sims.llm.sequences import check as module
from sims.llm.sequences import gram_products
from sims.llm.sequences.check import SequenceCheck, SequenceSettings, check_sequences, unfinished_sequences
from sims.parallel.resumable import Unfinished
from theory.errors import InvalidInputError

PROMPTS = ("the cat", "and then", "it is")
SETTINGS = SequenceSettings(prompts=2, completions=6, max_tokens=5)


def reward(texts: Sequence[str]) -> list[float]:
    return [text.count("e") / max(len(text), 1) for text in texts]


@pytest.fixture(scope="module")
def small(checkpoint: Callable[[str], Path]) -> LanguageModel:
    return load_language_model(checkpoint("llama-tied"))


@pytest.fixture(scope="module")
def found(small: LanguageModel, tmp_path_factory: pytest.TempPathFactory) -> SequenceCheck:
    """With room for five scores at a time: three blocks of rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gram_products, "HELD_BYTES", 5 * 4 * count_parameters(small.parameters))
        place = Unfinished(tmp_path_factory.mktemp("kept") / "code-0" / "run")
        return check_sequences(small, reward, SETTINGS, place=place, prompts=PROMPTS)


def test_everything_asked_for_is_there(found: SequenceCheck) -> None:
    assert [each.prompt for each in found.prompts] == list(PROMPTS[:2])
    assert all(len(each.completions) == len(each.rewards) == 6 for each in found.prompts)
    assert [len(row) for row in found.gram] == list(range(12, 0, -1))
    assert found.contradicted == []
    texts = [completion.text for completion in found.prompts[1].completions]
    assert found.prompts[1].rewards == reward(texts)


def test_blocks_change_nothing(small: LanguageModel, found: SequenceCheck, tmp_path: Path) -> None:
    whole = check_sequences(small, reward, SETTINGS, place=Unfinished(tmp_path / "x"), prompts=PROMPTS)
    assert whole.prompts == found.prompts
    for row, expected in zip(whole.gram, found.gram, strict=True):
        np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-5 * found.gram[0][0])


def test_record_reads_back(found: SequenceCheck) -> None:
    assert SequenceCheck.from_record(json.loads(json.dumps(found.to_record()))) == found


def test_a_contradiction_is_named_with_its_place(found: SequenceCheck) -> None:
    rows = list(found.landscape)
    for k in (0, 2):
        bounds = [bound._replace(upper=None if bound.upper is None else -1e9) for bound in rows[k].bounds]
        rows[k] = rows[k]._replace(bounds=bounds)
    assert found._replace(landscape=rows).contradicted == ["s0: all prompts", "s2-mean: all prompts", "s0: 'and then'"]


def test_an_interrupted_check_goes_on_and_takes_another_reward(
    small: LanguageModel, found: SequenceCheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, calls, products = Unfinished(tmp_path / "code-0" / "run"), [], module.gram_products
    monkeypatch.setattr(gram_products, "HELD_BYTES", 5 * 4 * count_parameters(small.parameters))

    def interrupted(*arguments: object) -> object:
        calls.append(arguments[3])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return products(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "gram_products", interrupted)
    with pytest.raises(KeyboardInterrupt):
        check_sequences(small, reward, SETTINGS, place=place, prompts=PROMPTS)
    assert check_sequences(small, reward, SETTINGS, place=place, prompts=PROMPTS) == found
    # The first block of rows was not asked for again; the second, which had not been finished, was.
    assert calls == [range(5), range(5, 10), range(5, 10), range(10, 12)]
    other = check_sequences(small, lambda texts: [0.5] * len(texts), SETTINGS, place=place, prompts=PROMPTS)
    assert len(calls) == 4
    assert other.gram == found.gram
    assert other.landscape[0].variance.estimate == 0


def test_rewards_and_confidence_do_not_move_what_is_kept(small: LanguageModel) -> None:
    first, second = (
        unfinished_sequences(small, SETTINGS._replace(confidence=c), {"jax": "1"}, PROMPTS) for c in (0.9, 0.95)
    )
    assert first == second
    assert first != unfinished_sequences(small, SETTINGS._replace(seed=1), {"jax": "1"}, PROMPTS)
    assert first != unfinished_sequences(small, SETTINGS, {"jax": "1"}, PROMPTS[1:])


@pytest.mark.parametrize(
    "changed",
    [{"prompts": 4}, {"prompts": 1}, {"completions": 4}, {"max_tokens": 0}, {"seed": -1}, {"confidence": 1.0}],
)
def test_refuses_numbers_out_of_range(small: LanguageModel, tmp_path: Path, changed: dict[str, float]) -> None:
    settings = SETTINGS._replace(**changed)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=next(iter(changed))):
        check_sequences(small, reward, settings, place=Unfinished(tmp_path / "x"), prompts=PROMPTS)


def test_refuses_completions_beyond_the_context(small: LanguageModel, tmp_path: Path) -> None:
    settings = SETTINGS._replace(max_tokens=small.config.context_length - 2)
    with pytest.raises(InvalidInputError, match="are to follow"):
        check_sequences(small, reward, settings, place=Unfinished(tmp_path / "x"), prompts=PROMPTS)


def test_refuses_rewards_before_any_gradient(
    small: LanguageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "gram_products", lambda *arguments: pytest.fail("asked for"))
    with pytest.raises(InvalidInputError, match="reward"):
        check_sequences(small, lambda texts: [2.0] * 12, SETTINGS, place=Unfinished(tmp_path / "x"), prompts=PROMPTS)


@pytest.mark.parametrize(("name", "named"), [("llama-score", "reward model"), ("qwen2-tied", "tokenizer")])
def test_refuses_models_that_cannot_be_checked(
    checkpoint: Callable[[str], Path], tmp_path: Path, name: str, named: str
) -> None:
    with pytest.raises(InvalidInputError, match=named):
        check_sequences(load_language_model(checkpoint(name)), reward, SETTINGS, place=Unfinished(tmp_path / "x"))
