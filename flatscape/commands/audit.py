"""`flatscape audit`: reward models measured and compared as teachers on a person's own scored completions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from flatscape.commands import audit_options as option

if TYPE_CHECKING:
    from flatscape.audit.report.conditions import Checked
    from flatscape.audit.result import AuditResult
    from flatscape.audit.run import OnProgress


def audit(
    paths: option.Paths,
    format: option.Format = None,
    maps: option.Maps = None,
    rewards: option.Rewards = None,
    truth: option.Truth = None,
    strict: option.Strict = False,
    trainer: option.Trainer = "trl",
    group_sizes: option.GroupSizes = "2,4,8,16",
    best_of: option.SubsetSizes = "1,2,4,8",
    no_signal_target: option.Target = 0.05,
    weighting: option.Weighting = "uniform",
    method: option.Method = "flow",
    step_size: option.StepSize = 0.1,
    budget: option.Budget = None,
    kl: option.KL = 0.0,
    gain: option.Gains = None,
    normalisation: option.Normalisation = None,
    grpo_group_size: option.GrpoGroupSize = 8,
    rule: option.Rule = "truth",
    resamples: option.Resamples = 1000,
    seed: option.Seed = 0,
    level: option.Level = 0.95,
    json_file: option.JsonFile = None,
    html_file: option.HtmlFile = None,
    fail_if: option.FailIf = None,
) -> None:
    """Say which of several reward models teaches best on your own scored completions, how sure that is, and why.

    Measures each model (variance, accuracy, P(no signal), best-of-k, ...) with intervals over prompts, lets each teach
    the sampled completions by policy gradient in simulation, and compares what becomes of the truth.
    """
    from flatscape.audit.given.settings import AuditSettings, TeachingSettings
    from flatscape.audit.report.conditions import check_condition, parse_condition
    from flatscape.input.scored_files import listed_numbers, listed_sizes

    conditions = [parse_condition(text) for text in fail_if or ()]
    gains = None if gain is None else listed_numbers("--gain", gain)
    teaching = TeachingSettings(method, step_size, budget, kl, gains, normalisation, grpo_group_size)
    settings = AuditSettings(
        trainer=trainer,
        group_sizes=listed_sizes("--group-sizes", group_sizes),
        subset_sizes=listed_sizes("--best-of", best_of),
        no_signal_target=no_signal_target,
        weighting=weighting,
        resamples=resamples,
        seed=seed,
        level=level,
        rule=rule,
        teaching=teaching,
    )
    reading = {"format": format, "rewards": rewards, "truth": truth, "strict": strict}
    _check_outputs(json_file, html_file)
    result = audited(paths, maps or [], reading | {"settings": settings})
    # A condition that checks nothing is bad input, and found before anything is written.
    checked = [check_condition(condition, result.record()) for condition in conditions]
    _report(result, json_file, html_file)
    _end(checked)


def audited(paths: Sequence[str], maps: Sequence[str], keywords: dict[str, Any]) -> AuditResult:
    """The audit of what the arguments name, with a progress bar where somebody is watching."""
    from flatscape.audit.reading.overrides import KEYS
    from flatscape.audit.run import audit as run
    from flatscape.input.scored_files import as_options, split_arguments
    from flatscape.output.progress import progress_bar
    from flatscape.process.compilation_cache import use_compilation_cache

    files, mapping = split_arguments(paths, maps, KEYS)
    use_compilation_cache()
    with progress_bar() as report, as_options():
        on_progress: OnProgress = report
        return run(files, mapping=mapping or None, on_progress=on_progress, **keywords)


def _check_outputs(json_file: Path | None, html_file: Path | None) -> None:
    from flatscape.input.paths import check_writable
    from theory.errors import InvalidInputError

    if json_file is not None and str(json_file) != "-":
        check_writable("--json", json_file)
    if html_file is not None:
        check_writable("--html", html_file)
        if html_file == json_file:
            raise InvalidInputError("--html", str(html_file), "It is the file of --json, too: name another one.")


def _report(result: AuditResult, json_file: Path | None, html_file: Path | None) -> None:
    from flatscape.audit.report.terminal import show_audit
    from sims.files import replace_together

    text = json.dumps(result.record(), indent=1, allow_nan=False, ensure_ascii=False)
    if html_file is not None:
        result.to_html(html_file)
    if json_file is not None and str(json_file) == "-":
        typer.echo(text)
        return
    if json_file is not None:
        replace_together(json_file.parent, {json_file.name: f"{text}\n".encode()})
    show_audit(result.record())


def _end(conditions: Sequence[Checked]) -> None:
    """Ends with its own exit code if a condition holds; every condition is told on standard error."""
    from flatscape.process.failure import say
    from flatscape.process.outcome import Outcome

    for checked in conditions:
        if checked.holds:
            say(f"fail: {checked.condition} holds ({'; '.join(checked.holds)})")
        if checked.undefined:
            say(f"note: {checked.condition} is not defined for {', '.join(checked.undefined)}")
    if any(checked.holds for checked in conditions):
        raise typer.Exit(int(Outcome.CONDITION))
