"""A language model of 135M parameters (SmolLM2-135M-Instruct) against transformers on torch, on the same weights.

Both in float32 with two threads, each in a process of its own; they take turns, after a first call that is not timed,
and ratios are those of medians.

- Sampling: one completion of 32 tokens of each of 16 prompts of 9 to 16 tokens, padded on the left; temperature 1, the
  whole vocabulary, no end before the last token. transformers' `generate` keeps keys and values, in inference mode.
- Gradient: of the mean over 16 completions of the advantage times the log-probability of 56 tokens, after prompts of 8,
  in all parameters. transformers forms the logits of the completions only, and attends by torch's own kernel (`sdpa`).
  Log-probabilities have to agree to 1e-3 and gradients to 1e-3 of their norm, or the run fails. The memory is the most
  that a process held during the call, with its libraries, the parameters and the gradient.
- CPU seconds are those of both threads: on a machine that others use too they vary less, but torch's threads also spend
  them waiting for each other.
- lambda_max(F): the largest eigenvalue of the Fisher information of one prompt's next token in all parameters, by
  Lanczos' method between two bounds that are a hundredth apart (the upper one but for a chance of 1e-6), against plain
  power iteration, which stops when one more product changes its value by less than a part in 10,000.
- Loading: from the file on disk, already in the system's cache, to parameters ready to compute with and a tokenizer;
  in a fresh process, whose start and imports are counted apart.

torch and transformers are optional, and may live elsewhere: `--torch-python` names an interpreter that has them.

Run as `python -m benchmarks.language_model [--quick]`; prints a table and writes out/benchmarks/language_model.json.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measured_process import ROOT, Contestant
from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions

COLUMNS = ["task", "method", "seconds", "flatscape over it", "CPU seconds", "tokens/s", "peak memory, MiB", "check"]
SAMPLES, PROMPT_TOKENS, NEW_TOKENS = 16, 16, 32
SHORT_PROMPT, COMPLETION = 8, 56
AGREEMENT = 1e-3
PROMPT = "Tell me in a few words what the weather is like today, and then what you would do on such a day"
LOADING = """
import time
started = time.perf_counter()
import jax
from sims.llm import load_language_model
jax.devices()
imported = time.perf_counter()
jax.block_until_ready(load_language_model().parameters)
print(imported - started, time.perf_counter() - imported)
"""

Answer = dict[str, Any]


def write_work(folder: Path) -> None:
    """What both sides are asked to do: prompts to complete, and rows whose completions are scored."""
    from sims.llm import load_language_model

    ids = load_language_model().require_tokenizer().encode(PROMPT)
    random = np.random.default_rng(0)
    prompts = np.zeros((SAMPLES, PROMPT_TOKENS), np.int64)
    kept = np.zeros(prompts.shape, bool)
    for row in range(SAMPLES):
        length = PROMPT_TOKENS - row % 8
        prompts[row, -length:] = ids[:length]
        kept[row, -length:] = True
    rows = random.integers(100, 40_000, (SAMPLES, SHORT_PROMPT + COMPLETION))
    np.savez(
        folder / "work.npz",
        prompts=prompts,
        kept=kept,
        rows=rows,
        advantages=random.normal(size=SAMPLES).astype(np.float32),
        completion_length=COMPLETION,
        new_tokens=NEW_TOKENS,
    )


def take_turns(contestants: dict[str, Contestant], task: str, repeats: int) -> dict[str, list[Answer]]:
    """The answers of each contestant, after one that is not counted."""
    for contestant in contestants.values():
        contestant.ask(task)
    answers: dict[str, list[Answer]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, contestant in contestants.items():
            answers[name].append(contestant.ask(task))
    return answers


def median(answers: list[Answer], what: str) -> float:
    """The median of one measure."""
    return statistics.median(answer[what] for answer in answers)


def rows_of(task: str, tokens: int, answers: dict[str, list[Answer]], checks: dict[str, str]) -> list[list[str]]:
    """One row for each contestant."""
    ours = median(answers["flatscape"], "seconds")
    rows = []
    for name, found in answers.items():
        seconds = median(found, "seconds")
        peak = max(answer["peak_mib"] or 0 for answer in found)
        ratio = "" if name == "flatscape" else f"{seconds / ours:.2f}x"
        memory = f"{peak:,.0f}" if peak else ""
        processor, rate = f"{median(found, 'cpu_seconds'):.2f}", f"{tokens / seconds:,.0f}"
        rows.append([task, name, f"{seconds:.2f}", ratio, processor, rate, memory, checks.get(name, "")])
    return rows


def eigenvalue_rows(contestant: Contestant, repeats: int) -> list[list[str]]:
    """The largest eigenvalue of the Fisher information by two methods, in turns."""
    methods = {"flatscape": "largest eigenvalue", "power iteration": "power iteration"}
    answers: dict[str, list[Answer]] = {name: [] for name in methods}
    for number in range(repeats + 1):
        for name, task in methods.items():
            answer = contestant.ask(task)
            if number:
                answers[name].append(answer)
    values = {name: found[0]["result"] for name, found in answers.items()}
    lower, upper = values["flatscape"]
    if not values["power iteration"][0] <= upper * (1 + AGREEMENT):
        raise RuntimeError(f"power iteration is above the upper bound: {values}")
    ours = median(answers["flatscape"], "seconds")
    rows = []
    for name, found in answers.items():
        seconds, processor = median(found, "seconds"), median(found, "cpu_seconds")
        ratio = "" if name == "flatscape" else f"{seconds / ours:.2f}x"
        check = f"{lower:.1f} to {upper:.1f}" if name == "flatscape" else f"{values[name][0]:.1f}"
        rows.append(["lambda_max(F)", name, f"{seconds:.2f}", ratio, f"{processor:.2f}", "", "", check])
    return rows


def loading_rows(repeats: int) -> list[list[str]]:
    """How long it takes to load the model in a fresh process."""
    times = []
    for _ in range(repeats + 1):
        done = subprocess.run([sys.executable, "-c", LOADING], cwd=ROOT, capture_output=True, text=True, check=True)
        times.append(tuple(map(float, done.stdout.split())))
    imports, loads = (statistics.median(column) for column in zip(*times[1:], strict=True))
    return [["loading", "flatscape", f"{loads:.2f}", "", "", "", "", f"imports {imports:.2f} s more"]]


def torch_versions(python: str, folder: Path) -> dict[str, str] | None:
    """What the interpreter has of torch and transformers; None if one is missing."""
    probe = "import torch, transformers; print(torch.__version__, transformers.__version__)"
    done = subprocess.run([python, "-c", probe], cwd=folder, capture_output=True, text=True, check=False)
    return None if done.returncode else dict(zip(("torch", "transformers"), done.stdout.split(), strict=True))


def measure(folder: Path, python: str | None, repeats: int) -> list[list[str]]:
    """The rows of the tasks in which the two sides take turns."""
    write_work(folder)
    contestants = {"flatscape": Contestant(sys.executable, "benchmarks.language_model_flatscape", str(folder))}
    try:
        contestants["flatscape"].ask("write parameters")
        checks = {}
        if python is not None:
            contestants["flatscape"].ask("write results")
            contestants["transformers"] = Contestant(python, "benchmarks.language_model_torch", str(folder))
            apart = contestants["transformers"].ask("compare")["result"]
            if max(apart.values()) > AGREEMENT:
                raise RuntimeError(f"flatscape and transformers disagree: {apart}")
            checks["transformers"] = f"gradient {apart['gradient']:.0e}, log p {apart['log_probabilities']:.0e} apart"
        sampled = take_turns(contestants, "sample", repeats)
        expected = [SAMPLES, NEW_TOKENS]
        if any(answer["result"] != expected for answers in sampled.values() for answer in answers):
            raise RuntimeError(f"not all have drawn {expected}")
        rows = rows_of("sampling", SAMPLES * NEW_TOKENS, sampled, {})
        found = take_turns(contestants, "gradient", repeats)
        rows += rows_of("gradient", SAMPLES * COMPLETION, found, checks)
        return rows + eigenvalue_rows(contestants["flatscape"], repeats)
    finally:
        for contestant in contestants.values():
            contestant.close()


def main() -> None:
    """Runs all measurements and prints the table."""
    options = parse_options(
        __doc__, "language_model", "fewer repeats", {"--torch-python": "an interpreter with torch and transformers"}
    )
    python, repeats = options.torch_python or sys.executable, 3 if options.quick else 9
    load_before = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="language-model-") as name:
        found = torch_versions(python, Path(name))
        rows = measure(Path(name), python if found else None, repeats)
    if found is None:
        rows.append(["sampling, gradient", "transformers (not installed)", *[""] * 6])
    rows += loading_rows(repeats)
    used = versions() | (found or {"torch": "not installed", "transformers": "not installed"})
    loads = {"before": load_before, "after": os.getloadavg()}
    write_report(options, COLUMNS, rows, versions=used, load_averages=loads, processors=os.cpu_count())


if __name__ == "__main__":
    main()
