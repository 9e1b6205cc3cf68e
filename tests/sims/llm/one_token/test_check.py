from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sims.llm import ContrastPrompt, LanguageModel, load_language_model
from sims.llm.one_token import check as module
from sims.llm.one_token.check import CheckSettings, LanguageModelCheck, check_language_model
from sims.llm.one_token.teachers import TEACHERS
from sims.parallel.resumable import Unfinished
from theory.errors import InvalidInputError

PROMPTS = (
    ContrastPrompt("the cat", "good ", "bad "),
    ContrastPrompt("and then", "yes: ", "no: "),
    ContrastPrompt("it is", "a ", "o "),
)
SETTINGS = CheckSettings(prompts=3, training_prompts=2, increase=0.02, directions=16)


@pytest.fixture(scope="module")
def small(checkpoint: Callable[[str], Path]) -> LanguageModel:
    return load_language_model(checkpoint("llama-tied"))


@pytest.fixture(scope="module")
def found(small: LanguageModel, tmp_path_factory: pytest.TempPathFactory) -> LanguageModelCheck:
    place = Unfinished(tmp_path_factory.mktemp("kept") / "code-0" / "run")
    return check_language_model(small, SETTINGS, place=place, prompts=PROMPTS)


def test_everything_asked_for_is_there_and_holds(found: LanguageModelCheck) -> None:
    assert [prompt.prompt for prompt in found.prompts] == [prompt.prompt for prompt in PROMPTS]
    assert all([row.teacher for row in prompt.rows] == list(TEACHERS) for prompt in found.prompts)
    assert [lesson.teacher for lesson in found.lessons] == list(TEACHERS)
    assert found.violated == []
    assert found.start.jacobian == max(prompt.norms.jacobian[1] for prompt in found.prompts[:2])
    assert found.start.contrast <= 2**0.5 * found.start.score


def test_record_reads_back(found: LanguageModelCheck) -> None:
    assert LanguageModelCheck.from_record(json.loads(json.dumps(found.to_record()))) == found


def test_a_violation_is_named_with_its_place(found: LanguageModelCheck) -> None:
    record = found.to_record()
    record["prompts"][1]["rows"][0]["bounds"]["s0"] *= 1e-3
    record["lessons"][0]["bounds"]["s7"] *= 1e6
    assert LanguageModelCheck.from_record(record).violated == [
        "s0: truth, 'and then'",
        "s7: truth, hitting time",
    ]


def test_an_interrupted_check_goes_on(
    small: LanguageModel, found: LanguageModelCheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Unfinished(tmp_path / "code-0" / "run")
    teach, calls = module.teach, []

    def interrupted(*arguments: object, **more: object) -> object:
        calls.append(arguments[3])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return teach(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "teach", interrupted)
    with pytest.raises(KeyboardInterrupt):
        check_language_model(small, SETTINGS, place=place, prompts=PROMPTS)
    again = check_language_model(small, SETTINGS, place=place, prompts=PROMPTS)
    # The first teacher was not asked again; the second, who had not finished, was.
    assert calls == [*list(TEACHERS)[:2], *list(TEACHERS)[1:]]
    assert again == found


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"prompts": 4}, "prompts"), ({"prompts": 0}, "prompts"), ({"training_prompts": 9}, "training_prompts")],
)
def test_refuses_more_than_there_is(small: LanguageModel, tmp_path: Path, changed: dict[str, int], named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        check_language_model(small, SETTINGS._replace(**changed), place=Unfinished(tmp_path / "x"), prompts=PROMPTS)


@pytest.mark.parametrize(("name", "named"), [("llama-score", "reward model"), ("qwen2-tied", "tokenizer")])
def test_refuses_models_that_cannot_be_checked(
    checkpoint: Callable[[str], Path], tmp_path: Path, name: str, named: str
) -> None:
    with pytest.raises(InvalidInputError, match=named):
        check_language_model(load_language_model(checkpoint(name)), SETTINGS, place=Unfinished(tmp_path / "x"))
