"""`flatscape lm score`: what a reward model says of a text."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from theory.errors import InvalidInputError

from .input import JsonOption, ModelOption, TokensOption, given_prompt, load_model, token_ids


def score(
    text: Annotated[str | None, typer.Argument(help="The raw text: no chat template is put around it.")] = None,
    model: ModelOption = None,
    tokens: TokensOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the score that a reward model gives to a text, read at its last token."""
    prompt = given_prompt(text, tokens)
    if model is None:
        raise InvalidInputError("--model", "none", "Give the folder of a reward model.")
    loaded = load_model(model)

    from sims.llm.scores import scores_of_tokens

    if loaded.config.labels > 1:
        remedy = "Give a reward model, which has one."
        raise InvalidInputError("--model", f"{model}, a classifier of {loaded.config.labels} labels", remedy)
    found = float(scores_of_tokens(loaded, [token_ids(loaded, prompt)])[0, 0])
    typer.echo(json.dumps({"score": found}) if as_json else f"{found:.6g}")
