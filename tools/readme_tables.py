"""The generated tables of README.md and docs/, as Markdown, from the artefacts of `make paper` and `make bench`."""

from __future__ import annotations

from itertools import takewhile
from math import isnan
from typing import Any

from proofs_check.markdown import table
from sims.llm.sequences.check import SequenceCheck
from theory.bounds.growth_control import controlled_time
from theory.bounds.lower_bounds import sharpened_proposition_3
from theory.bounds.pathwise import artanh_rise
from theory.tabular.exact_solutions import one_against_equals_time

LANGUAGE_MODEL_BOUNDS = (
    ("Proposition 2, Theorem 4", "prop2", "thm4"),
    ("S2, S4", "s2", "s4"),
    ("S6", "s6-gradient", "s6"),
    ("S0, S7", "s0", "s7"),
    ("S8", "", "s8"),
)
"""A name for a bound on the gradient and the one on the hitting time that follows from it, and the id of each."""


def benchmark_table(benchmark: dict) -> str:
    """Markdown: the rows that the benchmark wrote."""
    rows = table(benchmark["columns"], [[str(cell) for cell in row] for row in benchmark["rows"]])
    if benchmark["quick"]:
        rows += "\n\nRun with `--quick`, on less of everything."
    return rows


def scale_table(benchmark: dict) -> str:
    """Markdown: the laws of cost, with their exponents."""
    exponents = "; ".join(f"{name}: {slope:.2f}" for name, slope in benchmark["exponents"].items())
    busy = (
        "" if benchmark["load"] is None else f", on which {benchmark['load']:.0f} processes ran or waited at its start"
    )
    return f"{benchmark_table(benchmark)}\n\nExponents: {exponents}. On {benchmark['cores']} cores{busy}."


def speed_in_words(benchmark: dict) -> str:
    """How fast flatscape is in the first case of a benchmark, and how many times as fast as each alternative there."""
    headings = benchmark["columns"]
    method = headings.index("method")
    rows = [[str(cell) for cell in row] for row in benchmark["rows"]]
    first, *others = rows
    named = list(takewhile(lambda row: not row[method].startswith("flatscape"), others))
    case = [*first[:method], *first[method].removeprefix("flatscape").split(", ")[1:]]
    times = [f"{row[method + 2].removesuffix('x')} times {row[method]}" for row in named]
    rate = headings[method + 1].removesuffix("/s").removesuffix(" per second")
    return f"{first[method + 1]} {rate} a second ({', '.join(case)}): {', '.join(times)}."


def effects_in_words(rows: list[dict[str, str]], provenance: dict) -> str:
    """In how many settings each effect of the paper's Section 4.1 appears."""
    found = []
    for id, described in provenance["settings"]["effects"].items():
        mine = [row for row in rows if row["effect"] == id]
        found.append(f"{described.split(': ', 1)[0]} in {sum(row['verdict'] == 'appears' for row in mine)}")
    settings = len({row["setting"] for row in rows})
    return f"Of {settings} settings: {'; '.join(found)}."


def imperfect_rewards_table(provenance: dict) -> str:
    """Markdown: how long each teacher takes, from the facts that the figure's provenance records."""
    facts, settings = provenance["facts"], provenance["settings"]
    headings = ["pi0(y*)", "features"]
    headings += [f"{way}: {teacher}" for way in ("flow", "SGD", "Adam") for teacher in ("truth", "proxy")]
    rows = []
    for best in settings["initial_probabilities"]:
        for correlation in settings["correlations"]:
            keys = [f"{reward}_{best}_{correlation:g}" for reward in ("ground_truth", "proxy")]
            found = [facts[f"{way}_{key}"] for way in ("time", "sgd_steps", "adam_steps") for key in keys]
            mediocre = facts[f"largest_mediocre_probability_{keys[0]}"]
            features = "correlated" if correlation else "orthonormal"
            rows.append([f"{float(best):.2f}", features, *map(duration, found), f"{mediocre:.4g}"])
    about = f"Level {provenance['level']}; at most {settings['steps']:,} steps."
    return table([*headings, "largest pi(y_m) under truth"], rows, right=headings[2:]) + f"\n\n{about}"


def effects_table(rows: list[dict[str, str]], provenance: dict) -> str:
    """Markdown: each effect of the paper's Section 4.1 in the main setting, and the settings in which it is missing."""
    headings = ["effect", "measured as", "main setting", "appears in", "not in"]
    found = []
    for id, described in provenance["settings"]["effects"].items():
        mine = [row for row in rows if row["effect"] == id]
        missing = [row["setting"] for row in mine if row["verdict"] != "appears"]
        appears = f"{len(mine) - len(missing)} of {len(mine)}"
        found.append([*described.split(": ", 1), _interval(mine[0]), appears, ", ".join(missing)])
    sizes = provenance["settings"]["sizes"]
    about = (
        f"Level {provenance['level']}: means over {sizes['repetitions']} repetitions ± half-widths of 95% intervals."
    )
    return table(headings, found, right=["main setting"]) + f"\n\n{about}"


def regimes_table(rows: list[dict[str, str]]) -> str:
    """Markdown: every effect in every setting."""
    effects = list(dict.fromkeys(row["effect"] for row in rows))
    settings = list(dict.fromkeys(row["setting"] for row in rows))
    cells = {(row["setting"], row["effect"]): _interval(row) for row in rows}
    return table(
        ["setting", *effects],
        [[name, *(cells[name, effect] for effect in effects)] for name in settings],
        right=effects,
    )


def _interval(row: dict[str, str]) -> str:
    return f"{float(row['mean']):.2f} ± {float(row['half_width']):.2f}"


NAMES = {
    "thm5-fast": "Theorem 5, fast",
    "thm6-fast": "Theorem 6, fast",
    "prop4": "Proposition 4",
    "s-thm5-fast": "S-T5",
    "s-thm6-fast": "S-T6",
    "s-prop4": "S-P4",
}
"""The names of the upper bounds in the documents."""

INCREASES = (1e-3, 0.2, 0.9)


def upper_bounds_table(measured: dict) -> str:
    """Markdown: quantiles of bound over truth, the paper's statements beside ours."""
    probabilities = [f"{100 * p:g}%" for p in measured["probabilities"]]
    headings = ["bound over truth", *probabilities, "instances"]
    rows = [
        [NAMES[row["statement"]], *map(rounded, row["quantiles"]), f"{row['instances']:,}"] for row in measured["rows"]
    ]
    return table(headings, rows, right=headings[1:])


def lower_reach(spreads: list[dict[str, str]], facts: dict[str, float]) -> str:
    """Markdown: how far lower bounds are from the truth, what length costs Theorem 4, and what gamma costs S3."""
    rows = []
    for name in dict.fromkeys(row["bound"] for row in spreads if row["panel"] == "lower"):
        ends = sorted({rounded(facts[f"{name}: {which}"]) for which in ("smallest", "largest")}, key=len)
        rows.append([name, " to ".join(ends)])
    lengths = [name for name in facts if name.startswith("S6 over Theorem 4")]
    rows += [[f"{name} (a ratio of bounds)", rounded(facts[name])] for name in lengths]
    for increase in INCREASES:
        time = float(one_against_equals_time(0.5, 0.5 + increase / 2, 2))
        bound = float(sharpened_proposition_3(increase, 1.0, 1.0))
        tied = float(controlled_time(artanh_rise(increase, 0.0), 1.0, 1.0))
        about = f"two equally likely outputs of rewards 1 and -1, gamma = {increase:g}"
        rows += [[f"S3, {about}", f"{time / bound:.5g}"], [f"S3++, {about}", f"{time / tied:.5g}"]]
    return table(["bound", "hitting time / bound, median"], rows, right=["hitting time / bound, median"])


def upper_reach(spreads: list[dict[str, str]]) -> str:
    """Markdown: how far upper bounds are from the truth, by the number of outputs."""
    upper = [row for row in spreads if row["panel"] == "upper"]
    sizes = list(dict.fromkeys(row["at"] for row in upper))
    middle = {(row["bound"], row["at"]): rounded(float(row["middle"])) for row in upper}
    headings = ["bound / hitting time, median", *(f"{float(size):g} outputs" for size in sizes)]
    rows = [[name, *(middle.get((id, size), "") for size in sizes)] for id, name in NAMES.items()]
    return table(headings, rows, right=headings[1:])


def language_model_table(gradient: dict[str, float], time: dict[str, float]) -> str:
    """Markdown: what bounds say of a real language model, from the facts of its two figures."""
    headings = [
        "bound",
        "on the gradient: bound / gradient, median (range)",
        "on the hitting time: time / bound, range",
    ]
    rows = []
    for name, on_gradient, on_time in LANGUAGE_MODEL_BOUNDS:
        cells = ["", ""]
        if on_gradient:
            measures = ("smallest", "median", "largest")
            low, middle, high = (rounded(gradient[f"{on_gradient}: {what}"]) for what in measures)
            cells[0] = f"{middle} ({low} to {high})"
        if on_time:
            low, high = (rounded(time[f"{on_time}: {what}"]) for what in ("smallest", "largest"))
            cells[1] = f"{low} to {high}"
        rows.append([name, *cells])
    return table(headings, rows, right=headings[1:])


def sequences_table(record: dict[str, Any]) -> str:
    """Markdown: what samples say of gradients and bounds at completions of many tokens, from a kept record."""
    check = SequenceCheck.from_record(record)
    ids = [bound.statement for bound in check.landscape[0].bounds]
    headings = ["prompt", "reward variance", "squared gradient", "lambda_max(F)", *(f"{id} / gradient" for id in ids)]
    names = {None: "all"} | {number: each.prompt for number, each in enumerate(check.prompts)}
    rows = []
    for found in check.landscape:
        squared = found.squared_gradient
        margins = {b.statement: "-" if isnan(m := found.margin(b)) else rounded(m) for b in found.bounds}
        rows.append(
            [
                names[found.prompt],
                f"{found.variance.estimate:.3g}",
                f"{squared.estimate:.3g} ({squared.lower:.3g} to {squared.upper:.3g})",
                f"{max(found.fisher_from_below.lower, 0):.3g} to {found.fisher_from_above.upper:.3g}",
                *(margins.get(id, "-") for id in ids),
            ]
        )
    settings = check.settings
    about = (
        f"SmolLM2-135M-Instruct, {settings.completions} completions of each prompt of at most {settings.max_tokens} "
        f"tokens. Contradicted: {', '.join(check.contradicted) or 'none'}. The last columns are the lower limit of the "
        "bound over the upper limit of the gradient, neither squared: in "
        f"{sum(margin > 1 for margin in check.margins)} of {len(check.margins)} comparisons it is above 1, and the "
        "intervals lie apart. A dash stands where all draws have the same reward, or the bound has no such limit."
    )
    return table(headings, rows, right=headings[1:]) + f"\n\n{about}"


def rounded(value: float) -> str:
    """Two digits, or three where the first is a one."""
    if value >= 1e6:
        return f"{value:.1e}"
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 10 else f"{value:.2f}"


def duration(value: float | str) -> str:
    """A time or a number of steps, or what could not be reached."""
    if isinstance(value, str):
        return value.replace("more than", ">")
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
