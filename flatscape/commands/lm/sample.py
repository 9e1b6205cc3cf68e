"""`flatscape lm sample`: completions drawn from a language model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from theory.errors import InvalidInputError

from .input import JsonOption, ModelOption, TokensOption, given_prompt, load_model, parse_tokens, token_ids

if TYPE_CHECKING:
    from sims.llm.loading import LanguageModel
    from sims.llm.sampled_completions import Completion


def sample(
    text: Annotated[str | None, typer.Argument(help="The raw prompt; with --chat, what a user says.")] = None,
    model: ModelOption = None,
    tokens: TokensOption = None,
    chat: Annotated[bool, typer.Option("--chat", help="Put the model's chat template around the text.")] = False,
    completions: Annotated[int, typer.Option("-n", "--completions", help="How many completions to draw.")] = 1,
    max_tokens: Annotated[int, typer.Option(help="The most tokens of each.")] = 32,
    temperature: Annotated[float, typer.Option(help="0 takes the likeliest token.")] = 1.0,
    top_p: Annotated[float, typer.Option(help="Draw from the likeliest tokens of this probability.")] = 1.0,
    stop_tokens: Annotated[
        str | None, typer.Option(help="Ids that end a completion. [default: the model's own; none for '']")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the random numbers.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="A folder that keeps finished batches; begun again, goes on.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print completions of a prompt, with their log-probabilities."""
    prompt = given_prompt(text, tokens)
    if chat and text is None:
        raise InvalidInputError("--chat", "token ids", "Give a text: ids stand as they are.")
    stops = None if stop_tokens is None else tuple(parse_tokens("--stop-tokens", stop_tokens)) if stop_tokens else ()

    from sims.llm.sampling.settings import SamplingSettings

    SamplingSettings(max_tokens, temperature, top_p)
    loaded = load_model(model)
    if chat:
        tokenizer = loaded.require_tokenizer()
        ids = tokenizer.encode(tokenizer.chat_prompt([("user", str(prompt))]), begins=False)
    else:
        ids = token_ids(loaded, prompt)

    from flatscape.output.progress import counting_bar
    from sims.llm.sampled_completions import sample_completions

    settings = SamplingSettings(max_tokens, temperature, top_p, loaded.end_tokens if stops is None else stops)
    with counting_bar("completions", max(completions, 1)) as advance:
        (found,) = sample_completions(
            loaded, [ids], completions, settings, seed=seed, folder=out, at_once=16, progress=advance
        )
    rows = [_row(loaded, completion) for completion in found]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        shown = row["ids"] if row["text"] is None else row["text"]
        typer.echo(f"{row['log_probability']:12.6g}  {json.dumps(shown, ensure_ascii=False)}")


def _row(model: LanguageModel, completion: Completion) -> dict[str, Any]:
    tokenizer, ids = model.tokenizer, list(completion.tokens)
    readable = tokenizer is not None and max(ids) < tokenizer.vocabulary_size
    return {
        "text": tokenizer.decode(ids) if tokenizer is not None and readable else None,
        "ids": ids,
        "log_probability": float(completion.log_probabilities.astype(float).sum()),
        "log_probabilities": [float(value) for value in completion.log_probabilities],
        "stopped": completion.stopped,
    }
