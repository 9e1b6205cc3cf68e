"""`flatscape lm train`: the paper's experiment on a language model, with one's own model and rewards if wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from rich.console import Console

    from sims.llm.experiment.config import ExperimentConfig
    from sims.llm.experiment.grid import Experiment

OUT = Path("out/lm-train")


def train(
    config: Annotated[
        Path | None, typer.Option(help="A TOML file (docs/language-models.md). [default: the experiment on SmolLM2]")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A small random model instead, about a minute.")] = False,
    out: Annotated[Path, typer.Option(help="A folder that keeps what is finished; begun again, goes on.")] = OUT,
    keep: Annotated[bool, typer.Option("--keep", help="Keep what was trained, not only curves.")] = False,
    data: Annotated[int, typer.Option(min=1, help="Over how many devices completions are spread.")] = 1,
    model_axis: Annotated[
        int, typer.Option("--model-axis", min=1, help="Over how many devices large matrices are spread.")
    ] = 1,
    coordinator: Annotated[
        str | None, typer.Option(help="HOST:PORT of the first of several processes, the same for all of them.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many processes there are.")] = 1,
    process: Annotated[int, typer.Option(min=0, help="Which of them this is, counted from 0.")] = 0,
) -> None:
    """Make reward models, measure their variance and accuracy under a language model, and let each teach it by policy
    gradient. SmolLM2-135M takes an hour or more; an interrupted run goes on with the same command."""
    if config is not None and quick:
        raise InvalidInputError("--quick", "a configuration too", "Give one of the two.")
    if (coordinator is None) != (processes == 1) or process >= processes:
        got = f"--coordinator {coordinator} --processes {processes} --process {process}"
        raise InvalidInputError("--coordinator", got, "Give all three for several processes, none for one.")
    chosen = _configuration(config, quick)
    if coordinator is not None:
        import jax

        jax.distributed.initialize(coordinator, num_processes=processes, process_id=process)

    from flatscape.output.progress import progress_bar
    from flatscape.process.compilation_cache import use_compilation_cache
    from sims.llm.experiment.grid import load_policy, run_experiment
    from sims.llm.training.placement import placement

    use_compilation_cache()
    policy = load_policy(chosen)
    devices = placement(data, model_axis, config=policy.config)
    with progress_bar() as report:
        found = run_experiment(chosen, out, model=policy, devices=devices, keep_trained=keep, progress=report)
    if devices.writes:
        show(found, out)


def _configuration(file: Path | None, quick: bool) -> ExperimentConfig:
    from sims.llm.experiment.config import read_config
    from sims.llm.experiment.presets import FULL, QUICK

    return read_config(file) if file is not None else QUICK if quick else FULL


def show(found: Experiment, out: Path) -> None:
    """The tables on standard output: reward models, then what each has taught."""
    from flatscape.output.terminal import console

    screen = console()
    _show_measures(found, screen)
    _show_runs(found, screen)
    screen.print(f"All of it: {out} (samples, measures, steps and evaluations as Parquet).", markup=False)


def _show_measures(found: Experiment, screen: Console) -> None:
    from flatscape.output.terminal import Column, print_table

    columns = [
        Column("reward", 0, wraps=True),
        Column("variance", 1, justify="right"),
        Column("accuracy, initial policy", 2, justify="right"),
        Column("other source", 3, justify="right"),
    ]
    wanted = (("variance", "initial policy"), ("accuracy", "initial policy"), ("accuracy", "other source"))
    cells = []
    for name in found.measures["reward"].unique(maintain_order=True):
        row = [str(name)]
        for measure, source in wanted:
            chosen = found.measures.filter(reward=name, measure=measure, source=source)
            row.append("{:.3f} [{:.3f}, {:.3f}]".format(*chosen.select("value", "low", "high").row(0)))
        cells.append(row)
    print_table(screen, columns, cells, "Reward models under the initial policy, with 95% intervals over prompts")


def _show_runs(found: Experiment, screen: Console) -> None:
    import polars as pl

    from flatscape.output.terminal import Column, print_table

    columns = [
        Column("reward", 0, wraps=True),
        Column("method", 3),
        Column("trained", 4),
        Column("seeds", 5, justify="right"),
        Column("truth", 1, justify="right"),
        Column("proxy", 2, justify="right"),
        Column("KL", 6, justify="right"),
    ]
    keys = ["reward", "method", "trained"]
    values = ("truth", "proxy", "kl")
    # A prompt of which no completion was scored has no mean of its own.
    means = pl.col(values).fill_nan(None).mean().fill_null(float("nan"))
    by_run = found.evaluations.group_by(*keys, "seed", "step", maintain_order=True).agg(means)
    ends = by_run.group_by(*keys, "seed", maintain_order=True).agg(
        *((pl.col(name).last() - pl.col(name).first()).alias(name) for name in values)
    )
    table = ends.group_by(*keys, maintain_order=True).agg(pl.len().alias("seeds"), pl.col(values).mean())
    cells = [
        [row["reward"], row["method"], row["trained"], str(row["seeds"]), *(f"{row[name]:+.3f}" for name in values)]
        for row in table.iter_rows(named=True)
    ]
    title = "Changes on held-out prompts from the first evaluation to the last (KL in nats), means over seeds"
    print_table(screen, columns, cells, title)
