"""`flatscape lm next`: the most likely next tokens."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from theory.errors import InvalidInputError

from .input import JsonOption, ModelOption, TokensOption, given_prompt, load_model, token_ids


def next_token(
    text: Annotated[str | None, typer.Argument(help="The raw prompt: no chat template is put around it.")] = None,
    model: ModelOption = None,
    tokens: TokensOption = None,
    count: Annotated[int, typer.Option("-k", "--count", help="How many tokens to show.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Print the most likely next tokens after a raw prompt."""
    if count < 1:
        raise InvalidInputError("-k", count, "Give at least 1.")
    prompt = given_prompt(text, tokens)
    loaded = load_model(model)

    from sims.llm.next_token import most_likely_tokens

    likely = most_likely_tokens(loaded, token_ids(loaded, prompt), count)
    if as_json:
        typer.echo(json.dumps([token._asdict() for token in likely], indent=2))
        return
    encoding = sys.stdout.encoding or "utf-8"
    for token in likely:
        shown = json.dumps(token.token, ensure_ascii=False).encode(encoding, "backslashreplace").decode(encoding)
        typer.echo(f"{token.probability:12.6g}  {token.id:6d}  {token.logit:10.4f}  {shown}")
