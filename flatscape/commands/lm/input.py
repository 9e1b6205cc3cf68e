"""What the `flatscape lm` commands are given: a model, and a text or token ids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from sims.llm.loading import LanguageModel

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A GGUF file, a Hugging Face folder, or owner/name@COMMIT on the hub. [default: SmolLM2-135M-Instruct]",
    ),
]
TokensOption = Annotated[str | None, typer.Option("--tokens", help="Token ids in place of a text, such as 5,17,3.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def parse_tokens(option: str, text: str) -> list[int]:
    """Token ids separated by commas.

    **Raises** `InvalidInputError`, naming the option, for anything else.
    """
    try:
        ids = [int(part) for part in text.split(",")]
    except ValueError:
        raise InvalidInputError(option, text, "Give token ids separated by commas, such as 5,17,3.") from None
    if min(ids) < 0:
        raise InvalidInputError(option, text, "Give token ids that are not negative.")
    return ids


def given_prompt(
    text: str | None, tokens: str | None, *, name: str = "text", option: str = "--tokens"
) -> str | list[int]:
    """A prompt, as a text or as ids: one of the two has to be given.

    **Raises** `InvalidInputError` when both or none are given, the text is empty or the ids cannot be read.
    """
    if (text is None) == (tokens is None):
        got = "neither" if text is None else "both"
        raise InvalidInputError(f"{name} / {option}", got, "Give exactly one of the two.")
    if tokens is not None:
        return parse_tokens(option, tokens)
    if not text:
        raise InvalidInputError(name, "an empty prompt", "Give a text that is not empty.")
    return text


def load_model(model: str | None) -> LanguageModel:
    """The model that was asked for; whoever waits for the default one to be fetched is told so.

    Its unpacked weights and what is compiled for it are kept for the next run.

    **Raises** `InvalidInputError` when it cannot be had.
    """
    from sims.llm.model_file import MODEL_NAME, cache_folder

    if model is None and not (cache_folder() / MODEL_NAME).exists():
        typer.echo("Fetching the language model first (93 MB, once).", err=True)

    from flatscape.process.compilation_cache import use_compilation_cache
    from sims.llm import loading
    from sims.llm.checkpoints.weights_cache import WeightsCache

    loaded = loading.load_language_model(model, weights_cache=WeightsCache(cache_folder() / "weights", _say_once))
    use_compilation_cache()
    return loaded


@cache
def _say_once(sentence: str) -> None:
    from flatscape.process.failure import say

    say(f"note: {sentence}")


def token_ids(
    model: LanguageModel, prompt: str | Sequence[int], *, begins: bool = True, option: str = "--tokens"
) -> list[int]:
    """The ids of a prompt.

    **Raises** `InvalidInputError` for a text that is too long, a text for a model without a tokenizer, and ids outside
    the vocabulary.
    """
    if isinstance(prompt, str):
        return model.require_tokenizer().encode(prompt, model.config.context_length, begins=begins)
    if max(prompt) >= model.config.vocabulary_size:
        remedy = f"Give ids from 0 to {model.config.vocabulary_size - 1}."
        raise InvalidInputError(option, f"token id {max(prompt)}", remedy)
    return list(prompt)
