"""Theorem 6's crossover: which of two reward models is the better teacher depends on the policy that is taught.

Each reward model singles out one of two good outputs (+1, all others -1). Initial policies share their expected
ground-truth reward and differ in how they split a fixed mass between the two good outputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from figures.drawing.numbers import readable
from figures.drawing.style import BLUE, GREY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import Columns, stack_rows
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from theory.bounds import lower_bounds, upper_bounds
from theory.constructions.theorem6 import theorem6_reward
from theory.tabular.problem import make_problem, stack_problems

OUTPUTS = 16
INCREASE = 0.3
INITIAL_TRUTH = -0.3
GOOD_MASS = 0.2
"""What the two good outputs have between them, in every policy."""

SPLITS = {
    "smoke": np.array([1e-4, 1.0, 1e4]),
    "quick": np.geomspace(1e-8, 1e8, 65),
    "full": np.geomspace(1e-8, 1e8, 201),
}
"""`pi0(y_g) / pi0(y'_g)`."""

FIRST, SECOND = 0, 1
NAMES = {FIRST: "+1 on the first good output", SECOND: "+1 on the second good output"}


def ground_truth() -> np.ndarray:
    """`r_G`: 1 and 0.8 for the two good outputs, from -1 to 0.2 for the others."""
    return np.concatenate([[1.0, 0.8], np.linspace(-1, 0.2, OUTPUTS - 2)])


def initial_policies(splits: np.ndarray) -> np.ndarray:
    """Policies of one expected ground-truth reward, shape `(splits, outputs)`.

    The two good outputs share `GOOD_MASS` in the ratio of the split. The rest is even over the worse half and even over
    the better half of the other outputs, in the proportion that keeps `E_pi r_G = V0`: with `T = pi(y'_g)^(-1/2)` and
    `c = pi(y_g)` each policy belongs to Theorem 6's `Pi`, and with the outputs exchanged to its `Pi'`.
    """
    truth = ground_truth()
    first = GOOD_MASS * splits / (1 + splits)
    second = GOOD_MASS / (1 + splits)
    halves = np.array_split(truth[2:], 2)
    low, high = (half.mean() for half in halves)
    wanted = (INITIAL_TRUTH - first * truth[0] - second * truth[1]) / (1 - GOOD_MASS)
    share = (wanted - low) / (high - low)
    parts = [
        np.repeat(((1 - GOOD_MASS) * s / half.size)[:, None], half.size, axis=1)
        for s, half in zip((1 - share, share), halves, strict=True)
    ]
    return np.column_stack([first, second, *parts])


def compute(level: Level) -> FigureData:
    """Hitting times of both reward models and Theorem 6's bounds, for every split."""
    splits, truth = SPLITS[level], ground_truth()
    policies = initial_policies(splits)
    truths = np.broadcast_to(truth, policies.shape)
    problems = [
        make_problem(
            initial_probabilities=policies,
            proxy_reward=np.broadcast_to(theorem6_reward(rewarded, OUTPUTS), policies.shape),
            ground_truth_reward=truths,
        )
        for rewarded in (FIRST, SECOND)
    ]
    hitting = hitting_times(stack_problems(problems), INCREASE)
    times = np.asarray(hitting.time).reshape(2, -1)
    statuses = [Status(int(code)).label for code in np.asarray(hitting.status)]
    blocks = []
    for rewarded in (FIRST, SECOND):
        mass = policies[:, rewarded]
        share = upper_bounds.required_share(INCREASE, INITIAL_TRUTH, truth[rewarded])
        upper = np.asarray(upper_bounds.theorem_6_fast(share, mass, 1.0))
        columns = {
            "rewarded_output": NAMES[rewarded],
            "probability_ratio": splits,
            "rewarded_probability": mass,
            "status": np.array(statuses).reshape(2, -1)[rewarded],
        }
        for mark, values in (
            ("hitting time", times[rewarded]),
            ("Theorem 6, fast", upper),
            ("Theorem 6, slow", np.asarray(lower_bounds.theorem_6_slow(INCREASE, mass, 1.0))),
            ("S-T6, slow", np.asarray(lower_bounds.sharpened_theorem_6_slow(INCREASE, mass, 1.0))),
        ):
            blocks.append(columns | {"mark": mark, "time": values})
    settings = {
        "outputs": OUTPUTS,
        "gamma": INCREASE,
        "prompts": 1,
        "kl_coefficient": 0.0,
        "good_mass": GOOD_MASS,
        "initial_ground_truth_reward": INITIAL_TRUTH,
        "ground_truth": truth.tolist(),
        "seed": None,
    }
    columns = stack_rows(*blocks)
    return FigureData(columns, settings, _facts(columns, policies @ truth))


def _facts(columns: Columns, initial_truth: np.ndarray) -> dict[str, float]:
    data = FigureData(columns, {})
    times = {mark: data.where(mark=mark)["time"] for mark in ("hitting time", *_BOUND_STYLES)}
    measured = times["hitting time"]
    first, second = np.split(measured, 2)
    splits = data.where(mark="hitting time", rewarded_output=NAMES[FIRST])["probability_ratio"]
    lead = np.log(first / second)
    changes = np.flatnonzero(np.diff(np.sign(lead)))
    # Between two grid points the logarithms are as good as straight lines.
    around = slice(changes[0], changes[0] + 2)
    crossover = np.exp(np.interp(0.0, -lead[around], np.log(splits[around])))
    return {
        "sign_changes": float(len(changes)),
        "crossover_ratio": float(crossover),
        "largest_lead": float(np.exp(np.abs(lead).max())),
        "largest_error_of_initial_truth": float(np.abs(initial_truth - INITIAL_TRUTH).max()),
        "smallest_time_over_paper_lower_bound": float((measured / times["Theorem 6, slow"]).min()),
        "smallest_time_over_our_lower_bound": float((measured / times["S-T6, slow"]).min()),
        "smallest_upper_bound_over_time": float((times["Theorem 6, fast"] / measured).min()),
    }


_COLOURS = {NAMES[FIRST]: BLUE, NAMES[SECOND]: VERMILION}
_STYLES: dict[str, Any] = {NAMES[FIRST]: "-", NAMES[SECOND]: (0, (5, 1.2))}
_BOUND_STYLES: dict[str, Any] = {
    "Theorem 6, fast": (0, (1, 1)),
    "S-T6, slow": (0, (7, 2)),
    "Theorem 6, slow": (0, (3, 1, 1, 1)),
}
_BOUND_LABELS = ("upper bound, Theorem 6", "lower bound, S-T6 (ours)", "lower bound, Theorem 6")


def draw(data: FigureData, canvas: Canvas) -> None:
    """Each reward model's hitting time, between its bounds."""
    panels = canvas.subplots(1, 2, sharex=True, sharey=True, width_ratios=(1, 1))
    names = data.values("rewarded_output")
    for axes, name in zip(panels, names, strict=True):
        for other in names:
            rows = data.where(rewarded_output=other, mark="hitting time")
            axes.plot(rows["probability_ratio"], rows["time"], color=_COLOURS[other], linestyle=_STYLES[other])
        bounded = {mark: data.where(rewarded_output=name, mark=mark) for mark in _BOUND_STYLES}
        for mark, style in _BOUND_STYLES.items():
            rows = bounded[mark]
            axes.plot(rows["probability_ratio"], rows["time"], color=_COLOURS[name], linestyle=style, linewidth=0.9)
        axes.fill_between(
            bounded["S-T6, slow"]["probability_ratio"],
            bounded["S-T6, slow"]["time"],
            bounded["Theorem 6, fast"]["time"],
            color=_COLOURS[name],
            alpha=0.1,
            linewidth=0,
        )
        axes.axvline(float(data.facts["crossover_ratio"]), color=GREY, linewidth=0.7, zorder=1)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(r"$\pi_0(y_\gamma)\,/\,\pi_0(y'_\gamma)$")
    panels[0].set_title(r"bounds for $r_{\mathrm{RM}}$", fontsize=8)
    panels[1].set_title(r"bounds for $r'_{\mathrm{RM}}$", fontsize=8)
    panels[0].set_ylabel(r"hitting time $t_\gamma$")
    teachers = [Line2D([], [], color=_COLOURS[name], linestyle=_STYLES[name]) for name in names]
    canvas.legend(
        teachers,
        [r"$r_{\mathrm{RM}}$: $+1$ on $y_\gamma$", r"$r'_{\mathrm{RM}}$: $+1$ on $y'_\gamma$"],
        loc="outside upper center",
        ncols=2,
    )
    bars = [Line2D([], [], color="#333333", linestyle=style, linewidth=0.9) for style in _BOUND_STYLES.values()]
    canvas.legend(bars, list(_BOUND_LABELS), loc="outside lower center", ncols=3)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value)) for name, value in data.facts.items()}
    ratios = data.columns["probability_ratio"]
    return (
        "Two reward models, each with +1 on one of two good outputs and −1 elsewhere, teach policies that all have "
        f"expected ground-truth reward {INITIAL_TRUTH} and give the two good outputs {GOOD_MASS:.0%} of their mass, "
        f"split in the ratio on the horizontal axis ({readable(ratios.min(), 1)} to {readable(ratios.max(), 1)}). "
        f"Curves: the measured time to gain γ = {INCREASE} ({OUTPUTS} outputs, no KL term). The better teacher "
        f"changes {_times(int(data.facts['sign_changes']))}, at a ratio of {f['crossover_ratio']}, and leads by a "
        f"factor of up to {f['largest_lead']}. Shaded: between the bounds. Times are at least "
        f"{f['smallest_time_over_paper_lower_bound']} times the paper's lower bound and "
        f"{f['smallest_time_over_our_lower_bound']} times ours, and at most 1/{f['smallest_upper_bound_over_time']} "
        "of the upper bound."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times, first"


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Two panels with the same two curves of hitting time against the ratio of the initial probabilities of the "
        "two good outputs, both axes logarithmic. One curve falls as the other rises, and they cross near a ratio of "
        f"{readable(float(data.facts['crossover_ratio']))}. Each panel shades the range between the bounds of one "
        "curve."
    )


FIGURE = Figure(
    title="For different initial policies, different reward models are better teachers",
    corresponds_to=(
        "Theorem 3 (the abridged form of Theorem 6), with c = π₀(y_γ) and T = π₀(y′_γ)^(−1/2) for each policy. The "
        "paper proves the two ends; this sweeps the policies in between."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.56,
)
