"""A file that a person drops into a notebook, and its audit; the file is kept no longer than it takes to read it."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
from markupsafe import Markup

from flatscape.audit.analysis.policy_audit import PolicyAudit
from flatscape.audit.files.paths import TABLES
from flatscape.audit.given.settings import AuditSettings, TeachingSettings
from flatscape.audit.result import AuditResult
from flatscape.audit.run import audit
from flatscape.notebook.pieces.markup import details, number, paragraphs, table
from theory.errors import InvalidInputError
from theory.estimators.no_signal import expected_batches, no_signal_probabilities

SHOWN = ("reward-variance", "accuracy-strict-pooled", "accuracy-half-credit-pooled")
"""Measures of the first table."""

WEIGHTED = {"better_proxy.csv": "weight"}
"""Examples whose completions are no samples: the column that holds the policy's probabilities."""

EXAMPLES = {
    "seven reward models on samples of SmolLM2": "smollm2_rewards.parquet",
    "a proxy that teaches better than the truth": "better_proxy.csv",
}


def example(folder: Path, title: str) -> tuple[str, bytes]:
    """The name and the content of an example. **Raises** `InvalidInputError` if it is not there.

    **Arguments**: `folder`, of the notebooks; examples lie beside it.
    """
    path = folder.parent / "examples" / EXAMPLES[title]
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        remedy = "Start the notebook from a checkout of flatscape, or drop a file of your own."
        raise InvalidInputError("example", f"{path} ({error.strerror})", remedy) from None


@lru_cache(maxsize=8)
def audit_dropped(
    name: str, contents: bytes, *, truth: str = "", method: str = "flow", weighting: str = "uniform"
) -> AuditResult:
    """The audit of a file's content, whose format is told by its name and by what is in it.

    **Arguments**

    - `name`: of the file, as the browser gives it; `contents`: its bytes.
    - `truth`: the column of the true reward; empty for the one that is called so, if there is one.
    - `method`, `weighting`: as `TeachingSettings.method` and `AuditSettings.weighting`.

    **Raises** `InvalidInputError` for what is no table of scored completions.
    """
    # A name is a name: no part of it leads out of the temporary folder.
    own = PureWindowsPath(PurePosixPath(name).name).name
    if not own or not contents:
        raise InvalidInputError("file", f"{name!r} of {len(contents)} bytes", "Drop a file that has something in it.")
    settings = AuditSettings(weighting=weighting, teaching=TeachingSettings(method=method))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / own
        path.write_bytes(contents)
        try:
            return audit(path, truth=truth or None, settings=settings)
        except InvalidInputError as error:
            # The person knows the file by its own name.
            shown = str(error.value).replace(f"{folder}/", "").replace(folder, "")
            raise InvalidInputError(
                error.argument.replace(f"{folder}/", "").replace("paths_or_frames", "file"), shown, error.remedy
            ) from None


def kinds_of_files() -> list[str]:
    """The endings of files that can be dropped."""
    return [*TABLES, ".gz", ".zst"]


def heading(name: str, result: AuditResult) -> Markup:
    """What was read: the file, its format, how many prompts and completions."""
    frame = result.scored.frame
    prompts, completions = frame["group"].n_unique(), frame.height
    return Markup("{}: {}, {} {}, {} completions").format(
        name, result.scored.format, f"{prompts:,}", "prompt" if prompts == 1 else "prompts", f"{completions:,}"
    )


def warnings(result: AuditResult) -> Markup:
    """What a reader has to be told of the file, and what of it was left out."""
    said = [*result.scored.warnings, *(f"Left out, {e.count} times: {e.reason}." for e in result.scored.exclusions)]
    return details("What was noticed about the file", paragraphs(said)) if said else Markup("")


def verdicts(result: AuditResult) -> Markup:
    """The sentences of each policy's verdict."""
    parts = []
    for found in result.policies:
        if len(result.policies) > 1:
            parts.append(Markup("<h3>Policy {}</h3>").format(found.samples.policy))
        said = ("Nothing can be said of teaching.",) if found.verdict is None else found.verdict.sentences
        parts.append(paragraphs(said))
    return Markup("").join(parts)


def measures(result: AuditResult) -> Markup:
    """Variance and accuracy of every reward model with their intervals."""
    rows = []
    for policy in result.record()["policies"]:
        found = {measure["id"]: measure for measure in policy["measures"]}
        for model in policy["models"]:
            cells = []
            for id in SHOWN:
                measure = found.get(id)
                cells.append("—" if measure is None else _with_interval(measure, model))
            own = [policy["policy"]] if len(result.policies) > 1 else []
            rows.append([*own, model, *cells])
    headings = ["reward model", "reward variance", "accuracy, ties wrong", "accuracy, ties half"]
    headings = ["policy", *headings] if len(result.policies) > 1 else headings
    return table(headings, rows)


def _with_interval(measure: dict, model: str) -> str:
    estimate, (low, high) = measure["estimate"][model], measure["interval"][model]
    if estimate is None:
        return "—"
    return number(estimate) if low is None or high is None else f"{number(estimate)} ({number(low)} to {number(high)})"


def largest_group(result: AuditResult) -> int:
    """The largest group that some prompt has completions for; at least 2."""
    return max(2, *(found.samples.most_scored for found in result.policies))


def wasted(found: PolicyAudit, group_size: int) -> Markup:
    """How many groups of a size have equal rewards and so teach nothing, and how many must be drawn for each that does.

    **Arguments**: `found`, one policy's audit; `group_size`, `G`.
    """
    chances = no_signal_probabilities(found.samples.grouped, group_size)
    rows = []
    for name, chance in zip(found.samples.models, chances, strict=True):
        known = chance[~np.isnan(chance)]
        if not known.size:
            rows.append((name, "—", "—", "0"))
            continue
        # Rounding may lead out of [0, 1].
        mean = np.clip(known.mean(keepdims=True), 0.0, 1.0)
        rows.append((name, number(float(mean[0])), number(float(expected_batches(mean)[0])), f"{known.size:,}"))
    headings = ("reward model", "P(no signal)", "groups drawn for one that teaches", "prompts that tell")
    return table(headings, rows, right=headings[1:], name="wasted")
