"""Options of `flatscape audit`, with their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH... [ROLE=COLUMN]...",
        help="Files, folders or globs of scored completions: CSV, JSON Lines, JSON, Parquet, or a trainer's log.",
        show_default=False,
    ),
]
Format = Annotated[
    str | None, typer.Option("--format", help="The format, where it is not found out.", show_default=False)
]
Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="ROLE=COLUMN",
        help="A column by its role, such as prompt=question or reward=a,b; more may follow.",
        show_default=False,
    ),
]
Rewards = Annotated[
    str | None, typer.Option("--rewards", help="Columns of the reward models, as a,b.", show_default=False)
]
Truth = Annotated[str | None, typer.Option("--truth", help="The column of the true reward.", show_default=False)]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse rows that cannot be used, rather than count them.")]
Trainer = Annotated[str, typer.Option("--trainer", help="Whose advantages: trl, verl, openrlhf, nemo-rl, ...")]
GroupSizes = Annotated[str, typer.Option("--group-sizes", help="The G of P(no signal).")]
SubsetSizes = Annotated[str, typer.Option("--best-of", help="The k of best-of-k.")]
Target = Annotated[float, typer.Option("--no-signal-target", help="The P(no signal) that is to be had at most.")]
Weighting = Annotated[
    str, typer.Option("--weighting", help="Weights of completions: uniform, or the column logprob or weight.")
]
Method = Annotated[str, typer.Option("--method", help="How rewards teach: flow, ascent, rloo or grpo.")]
StepSize = Annotated[float, typer.Option("--step-size", help="Of steps, in units of the flow's time.")]
Budget = Annotated[
    float | None,
    typer.Option(
        "--budget", help="Time of the flow, or number of steps (a time of 3 for each completion).", show_default=False
    ),
]
KL = Annotated[float, typer.Option("--kl", help="The coefficient of the KL penalty.")]
Gains = Annotated[
    str | None,
    typer.Option(
        "--gain", help="Rises of the truth to wait for, as 0.05,0.1 (5% and 10% of its range).", show_default=False
    ),
]
Normalisation = Annotated[
    str | None,
    typer.Option(
        "--normalisation",
        help="Units in which rewards teach: global (deviation 1 over all completions; for grpo none) or none.",
        show_default=False,
    ),
]
GrpoGroupSize = Annotated[int, typer.Option("--grpo-group-size", help="Samples in a group of the method grpo.")]
Rule = Annotated[
    str,
    typer.Option("--rule", help="What teachers are ordered by: truth (at the budget), time (to a gain) or gradient."),
]
Resamples = Annotated[int, typer.Option("--resamples", help="Resamples of the prompts, for intervals.")]
Seed = Annotated[int, typer.Option("--seed", help="Of the resamples.")]
Level = Annotated[float, typer.Option("--level", help="Of intervals.")]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", help="Write everything to this file; - prints it instead of tables.", show_default=False),
]
HtmlFile = Annotated[Path | None, typer.Option("--html", help="Write a page to this file.", show_default=False)]
FailIf = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-if",
        metavar="CONDITION",
        help="End with 3 if it holds, such as 'dead-groups>0.5' or 'accuracy-strict-pooled<0.6@rm_a'; may be repeated.",
        show_default=False,
    ),
]
