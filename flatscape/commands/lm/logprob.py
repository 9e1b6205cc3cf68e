"""`flatscape lm logprob`: the log-probability of a completion."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .input import JsonOption, ModelOption, TokensOption, given_prompt, load_model, token_ids

_COMPLETION = "--completion-tokens"


def log_probability(
    prompt: Annotated[str | None, typer.Argument(help="The raw prompt; with --tokens, the completion.")] = None,
    completion: Annotated[str | None, typer.Argument(help="What follows it.")] = None,
    model: ModelOption = None,
    tokens: TokensOption = None,
    completion_tokens: Annotated[
        str | None, typer.Option(_COMPLETION, help="Token ids in place of the completion's text.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the log-probability of a completion given a prompt, and of each of its tokens."""
    if tokens is not None and completion is None:
        prompt, completion = None, prompt
    first = given_prompt(prompt, tokens, name="prompt")
    second = given_prompt(completion, completion_tokens, name="completion", option=_COMPLETION)
    loaded = load_model(model)

    from sims.llm.completions import completion_log_probabilities
    from sims.llm.next_token import token_text

    ids = token_ids(loaded, second, begins=False, option=_COMPLETION)
    (found,) = completion_log_probabilities(loaded, [token_ids(loaded, first)], [ids])
    total = float(found.astype(float).sum())
    rows = [
        {"token": token_text(loaded, token), "id": token, "log_probability": float(value)}
        for token, value in zip(ids, found, strict=True)
    ]
    if as_json:
        typer.echo(json.dumps({"log_probability": total, "tokens": rows}, indent=2))
        return
    typer.echo(f"{total:.6g}")
    for row in rows:
        typer.echo(f"{row['log_probability']:12.6g}  {row['id']:6d}  {json.dumps(row['token'])}")
