"""One step of RLOO on a language model of 135M parameters (SmolLM2-135M-Instruct) against transformers on torch.

Both in float32 with two threads on the same weights, each in a process of its own; they take turns, after a first step
that is not timed, and ratios are those of medians. Two completions of 24 tokens of each of 16 prompts of 9 to 16
tokens, padded on the left, at temperature 1 from the whole vocabulary, none ends early; rewards are random numbers that
both sides are given.

- Sampling: transformers' `generate` with keys and values kept, in inference mode.
- Reference: log-probabilities under the initial model. For all parameters torch keeps a second, frozen model, as is
  usual; for low-rank changes it is the same model without them, as in peft.
- Gradient: of the sum over completions of the advantage (of the reward less 0.05 times the log-ratio, by RLOO) times
  the log-probability. torch forms logits of completions only, and takes the policy's log-probabilities for the KL term
  from this pass; flatscape has them from sampling.
- Adam: `torch.optim.Adam` and optax's.

Trained are all parameters, or changes of rank 8 of the seven matrices of each layer (plain modules in torch, some lines
each). Log-probabilities and gradients on given completions have to agree to 1e-3, or the run fails. Tokens are those
that are drawn; the memory is the most that a process held during a step, with its libraries.

torch and transformers are optional, and may live elsewhere: `--torch-python` names an interpreter that has them.

Run as `python -m benchmarks.rloo_step [--quick]`; prints a table and writes out/benchmarks/rloo_step.json. `--model
"word model"` tries it all out on a tiny random model in seconds, for no conclusions.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.language_model import AGREEMENT, Answer, median, take_turns, torch_versions
from benchmarks.measured_process import Contestant
from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions

PHASES = ("sampling", "reference", "gradient", "Adam")
COLUMNS = ["trained", "method", "seconds", "flatscape over it", *PHASES, "CPU seconds", "tokens/s", "peak memory, MiB"]
COLUMNS += ["check"]
TRAINED = ("all", "lora")
PROMPTS, GROUP, PROMPT_TOKENS, NEW_TOKENS = 16, 2, 16, 24
TOKENS = 100
"""Ids of prompts and of given completions are below: every model has as many."""


def write_work(folder: Path) -> None:
    """What both sides are asked to do: prompts to complete, and rows whose completions are scored."""
    random = np.random.default_rng(0)
    prompts = random.integers(1, TOKENS, (PROMPTS, PROMPT_TOKENS))
    kept = np.arange(PROMPT_TOKENS) >= np.arange(PROMPTS)[:, None] % 8
    prompts[~kept] = 0
    completions = random.integers(1, TOKENS, (PROMPTS * GROUP, NEW_TOKENS))
    np.savez(
        folder / "work.npz",
        prompts=prompts,
        kept=kept,
        rows=np.concatenate([np.repeat(prompts, GROUP, axis=0), completions], axis=1),
        advantages=random.normal(size=PROMPTS * GROUP).astype(np.float32),
        rewards=random.normal(size=PROMPTS * GROUP),
        completion_length=NEW_TOKENS,
        new_tokens=NEW_TOKENS,
    )


def rows_of(trained: str, answers: dict[str, list[Answer]], checks: dict[str, str]) -> list[list[str]]:
    """One row for each contestant."""
    ours = median(answers["flatscape"], "seconds")
    rows = []
    for name, found in answers.items():
        seconds = median(found, "seconds")
        phases = [median([answer["result"] for answer in found], phase) for phase in PHASES]
        peak = max(answer["peak_mib"] or 0 for answer in found)
        ratio = "" if name == "flatscape" else f"{seconds / ours:.2f}x"
        rate = f"{PROMPTS * GROUP * NEW_TOKENS / seconds:,.0f}"
        memory = f"{peak:,.0f}" if peak else ""
        times = [f"{seconds:.2f}", ratio, *(f"{phase:.2f}" for phase in phases), f"{median(found, 'cpu_seconds'):.2f}"]
        rows.append(["all parameters" if trained == "all" else "rank 8", name, *times, rate, memory])
        rows[-1].append(checks.get(name, ""))
    return rows


def measure(folder: Path, trained: str, model: str, python: str | None, repeats: int) -> list[list[str]]:
    """The rows of what is trained, in which the two sides take turns."""
    arguments = (str(folder), trained, model)
    contestants = {"flatscape": Contestant(sys.executable, "benchmarks.rloo_step_flatscape", *arguments)}
    checks = {}
    try:
        contestants["flatscape"].ask("write")
        if python is not None:
            contestants["transformers"] = Contestant(python, "benchmarks.rloo_step_torch", *arguments[:2])
            apart = contestants["transformers"].ask("compare")["result"]
            if not max(apart.values()) <= AGREEMENT:
                raise RuntimeError(f"flatscape and transformers disagree: {apart}")
            checks["transformers"] = f"gradient {apart['gradient']:.0e}, log p {apart['log_probabilities']:.0e} apart"
        return rows_of(trained, take_turns(contestants, "step", repeats), checks)
    finally:
        for contestant in contestants.values():
            contestant.close()


def main() -> None:
    """Runs all measurements and prints the table."""
    more = {
        "--torch-python": "an interpreter with torch and transformers",
        "--model": 'a Llama model as `flatscape lm` takes it, or "word model" [default: SmolLM2-135M-Instruct]',
    }
    options = parse_options(__doc__, "rloo_step", "fewer repeats", more)
    python, repeats = options.torch_python or sys.executable, 3 if options.quick else 9
    load_before = os.getloadavg()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="rloo-step-") as name:
        found = torch_versions(python, Path(name))
        write_work(Path(name))
        for trained in TRAINED:
            rows += measure(Path(name), trained, options.model or "", python if found else None, repeats)
    if found is None:
        rows.append(["", "transformers (not installed)", *[""] * (len(COLUMNS) - 2)])
    used = versions() | (found or {"torch": "not installed", "transformers": "not installed"})
    loads = {"before": load_before, "after": os.getloadavg()}
    write_report(
        options,
        COLUMNS,
        rows,
        model=options.model or "SmolLM2-135M-Instruct",
        versions=used,
        load_averages=loads,
        processors=os.cpu_count(),
    )


if __name__ == "__main__":
    main()
