"""The plateau: teachers that rank every pair correctly, and yet teach ever more slowly as their reward variance falls.

All reward models have accuracy 1. In one family all rewards are scaled down together; in the other the rewards keep the
full range [-1, 1] and the contrast moves to outputs that the policy hardly ever produces. Both have the same variances.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from scipy.optimize import brentq
from scipy.special import softmax

from figures.drawing.numbers import power_of_ten, readable
from figures.drawing.style import GRADES, GREY, LINE_STYLES
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import stack_rows
from sims.flow_hitting_times import hitting_times
from sims.trajectories import trajectory
from theory.accuracy.pairs import uniform_accuracy
from theory.bounds import lower_bounds
from theory.bounds.growth_control import controlled_time
from theory.bounds.pathwise import artanh_rise
from theory.moments import expectation, variance
from theory.tabular.problem import Problem, make_problem, stack_problems

OUTPUTS = 16
INCREASE = 0.3
SEED = 3
BEST_PROBABILITY = 1e-6
"""The output of highest reward is this unlikely at first, so that contrast can be moved out of the policy's sight."""

SECOND_BEST = 0.4
"""The highest ground-truth reward but one."""

EXPONENTS = {"smoke": (-1, -4), "quick": (-1, -2, -3, -4, -5), "full": (-1, -2, -3, -4, -5)}
"""Reward variances, as powers of ten. With the range kept they cannot be less than `4 * BEST_PROBABILITY`."""
POINTS = {"smoke": 20, "quick": 300, "full": 1000}

SCALED = "all rewards scaled down"
MOVED = "contrast moved to unlikely outputs, range kept"
FAMILIES = (SCALED, MOVED)
MARKS: dict[str, dict[str, Any]] = {
    "Proposition 3": {"marker": "x", "linestyle": "", "markersize": 4.5, "markeredgewidth": 1.2},
    "S3": {"marker": "|", "linestyle": "", "markersize": 7, "markeredgewidth": 1.4},
    "S3++": {"marker": "4", "linestyle": "", "markersize": 7, "markeredgewidth": 1.2},
    "hitting time": {"marker": "o", "linestyle": "", "markersize": 4.5},
}
MARK_LABELS = (
    "lower bound, Proposition 3",
    "lower bound, S3 (ours)",
    "lower bound, S3++ (ours)",
    r"measured hitting time $t_\gamma$",
)
BOUNDS = {
    "Proposition 3": lambda spread, start: lower_bounds.proposition_3(INCREASE, spread, 1.0),
    "S3": lambda spread, start: lower_bounds.sharpened_proposition_3(INCREASE, spread, 1.0),
    "S3++": lambda spread, start: controlled_time(artanh_rise(INCREASE, start), spread, 1.0),
}


def ground_truth() -> tuple[np.ndarray, np.ndarray]:
    """The initial policy and `r_G`, which increases from -1 to 1 along the outputs."""
    random = np.random.default_rng(SEED)
    policy = softmax(0.5 * random.standard_normal(OUTPUTS))
    policy[-1] = 0
    policy *= (1 - BEST_PROBABILITY) / policy.sum()
    policy[-1] = BEST_PROBABILITY
    gaps = random.uniform(0.5, 1.5, OUTPUTS - 2)
    truth = np.concatenate([[0.0], np.cumsum(gaps) / gaps.sum(), [0.0]])
    truth = -1 + (1 + SECOND_BEST) * truth
    truth[-1] = 1.0
    return policy, truth


def scaled(truth: np.ndarray, strength: float) -> np.ndarray:
    """`r_G` times `exp(-strength)`."""
    return np.exp(-strength) * truth


def moved(truth: np.ndarray, strength: float) -> np.ndarray:
    """An exponential of `r_G` that still reaches from -1 to 1: if it is strong, only the best output stands out."""
    place = (truth + 1) / 2
    return np.clip(2 * np.expm1(strength * place) / np.expm1(strength) - 1, -1, 1)


TRANSFORMS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {SCALED: scaled, MOVED: moved}


def teacher(family: str, exponent: int) -> Problem:
    """The problem whose reward model is of this family and has a reward variance of `10 ** exponent`."""
    policy, truth = ground_truth()
    transform = TRANSFORMS[family]
    excess = lambda strength: float(np.log10(variance(policy, transform(truth, strength)))) - exponent  # noqa: E731
    proxy = transform(truth, brentq(excess, 1e-6, 30.0, xtol=1e-13))
    return make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth)


def compute(level: Level) -> FigureData:
    """Curves `V_G(t)` and `V_RM(t)`, hitting times and bounds for every teacher."""
    keys = [(family, exponent) for family in FAMILIES for exponent in EXPONENTS[level]]
    problems = stack_problems([teacher(*key) for key in keys])
    hitting = hitting_times(problems, INCREASE)
    time_of = np.asarray(hitting.time)
    times = np.geomspace(0.5, 20 * time_of[hitting.reached].max(), POINTS[level])
    policy, truth = ground_truth()
    initial_truth = float(expectation(policy, truth))
    blocks = []
    for (family, exponent), problem, time in zip(keys, problems, time_of, strict=True):
        proxy = problem.proxy_reward
        about: dict[str, Any] = {
            "family": family,
            "variance_exponent": exponent,
            "reward_variance": float(variance(policy, proxy)),
            "accuracy": float(uniform_accuracy(proxy, truth)),
        }
        path, first = trajectory(problem, times), float(expectation(policy, proxy))
        curves = {
            "mark": "curve",
            "time": times,
            "ground_truth_reward": path.expected(truth),
            "proxy_share": (path.expected(proxy) - first) / (proxy.max() - first),
        }
        marks = {"hitting time": float(time)}
        marks |= {name: float(bound(about["reward_variance"], initial_truth)) for name, bound in BOUNDS.items()}
        target = initial_truth + INCREASE
        blocks += [about | curves]
        blocks += [about | {"mark": m, "time": t, "ground_truth_reward": target} for m, t in marks.items()]
    settings = {
        "outputs": OUTPUTS,
        "gamma": INCREASE,
        "seed": SEED,
        "prompts": 1,
        "kl_coefficient": 0.0,
        "initial_ground_truth_reward": initial_truth,
        "best_output_probability": BEST_PROBABILITY,
        "second_best_reward": SECOND_BEST,
        "initial_probabilities": policy.tolist(),
        "ground_truth": truth.tolist(),
    }
    data = FigureData(stack_rows(*blocks), settings)
    return FigureData(data.columns, settings, _facts(data))


def _facts(data: FigureData) -> dict[str, float]:
    marks = {name: data.where(mark=name) for name in ("hitting time", *BOUNDS)}
    ratio = marks["hitting time"]["time"] / marks["S3"]["time"]
    facts: dict[str, float] = {
        "smallest_accuracy": float(data.columns["accuracy"].min()),
        "last_ground_truth_reward": float(data.where(mark="curve")["ground_truth_reward"].max()),
    }
    for name, family in zip(("scaled", "moved"), FAMILIES, strict=True):
        mine = marks["hitting time"]["family"] == family
        facts |= {
            f"{name}_shortest_time": float(marks["hitting time"]["time"][mine].min()),
            f"{name}_longest_time": float(marks["hitting time"]["time"][mine].max()),
            f"{name}_smallest_ratio_to_s3": float(ratio[mine].min()),
            f"{name}_largest_ratio_to_s3": float(ratio[mine].max()),
        }
    return facts


def draw(data: FigureData, canvas: Canvas) -> None:
    """Ground truth, hitting times and proxy, from top to bottom; one column for each family of teachers."""
    grid = canvas.subplots(3, 2, sharex=True, sharey="row", height_ratios=(1.5, 0.9, 0.9))
    grades = sorted({int(v) for v in data.columns["variance_exponent"]}, reverse=True)
    target = data.where(mark="hitting time")["ground_truth_reward"][0]
    for column, family in zip(grid.T, data.values("family"), strict=True):
        above, lanes, below = column
        above.set_title(family, fontsize=8)
        above.axhline(target, color=GREY, linewidth=0.7, zorder=1)
        for grade, colour, style in zip(grades, GRADES, LINE_STYLES, strict=False):
            mine = {"family": family, "variance_exponent": grade}
            rows = data.where(mark="curve", **mine)
            above.plot(rows["time"], rows["ground_truth_reward"], color=colour, linestyle=style)
            below.plot(rows["time"], rows["proxy_share"], color=colour, linestyle=style)
            spots = {mark: data.where(mark=mark, **mine)["time"] for mark in MARKS}
            above.plot(spots["hitting time"], [target], color=colour, zorder=4, **MARKS["hitting time"])
            lanes.plot([spots["Proposition 3"][0], spots["hitting time"][0]], [grade] * 2, color=colour, linewidth=0.5)
            for mark, shape in MARKS.items():
                lanes.plot(spots[mark], [grade], color=colour, zorder=4, **shape)
        above.set_xscale("log")
        above.xaxis.set_minor_locator(NullLocator())
        below.set_xlabel("training time $t$ (gradient flow)")
        above.text(
            0.99,
            target - 0.02,
            r"$V_G(0)+\gamma$",
            transform=above.get_yaxis_transform(),
            ha="right",
            va="top",
            fontsize=7,
            color="#444444",
        )
    grid[0, 0].set_ylabel("ground truth\n$V_G(t)$")
    grid[1, 0].set_ylabel("reward variance")
    grid[1, 0].set_yticks(grades, [power_of_ten(grade) for grade in grades])
    grid[1, 0].set_ylim(min(grades) - 0.7, max(grades) + 0.7)
    grid[2, 0].set_ylabel("proxy: share of\npossible rise")
    grid[2, 0].set_ylim(bottom=-0.03)
    canvas.align_ylabels(grid[:, 0])
    _legends(canvas, grades)


def _legends(canvas: Canvas, grades: list[int]) -> None:
    lines = [Line2D([], [], color=c, linestyle=s) for _, c, s in zip(grades, GRADES, LINE_STYLES, strict=False)]
    blank = Line2D([], [], linestyle="")
    labels = ["reward variance", *(power_of_ten(grade) for grade in grades)]
    canvas.legend([blank, *lines], labels, loc="outside upper center", ncols=len(labels))
    marks = [Line2D([], [], color="#333333", **shape) for shape in MARKS.values()]
    canvas.legend(
        marks, list(MARK_LABELS), loc="outside lower center", ncols=len(marks), handlelength=1, columnspacing=1.2
    )


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value)) for name, value in data.facts.items()}
    return (
        f"{2 * len(set(data.columns['variance_exponent'].tolist()))} teachers of accuracy "
        f"{data.facts['smallest_accuracy']:g}: every pair of the {OUTPUTS} outputs is ranked as by the ground truth. "
        "They share initial policy, ground truth and (zero) KL coefficient, and differ in reward variance. Left: the "
        "ground truth scaled down. Right: rewards that keep the range [−1, 1], while their contrast moves to outputs "
        f"that the policy hardly ever produces. The rise by γ = {INCREASE} takes {f['scaled_shortest_time']} to "
        f"{f['scaled_longest_time']} units of time on the left and {f['moved_shortest_time']} to "
        f"{f['moved_longest_time']} on the right: low variance means a long plateau, whatever the accuracy and the "
        "range. All lower bounds hold, S3++ nowhere below S3; the measured times exceed S3 "
        f"{f['scaled_smallest_ratio_to_s3']}-fold on the left, and {f['moved_smallest_ratio_to_s3']}- to "
        f"{f['moved_largest_ratio_to_s3']}-fold on the right, so that variance alone does not fix the speed. The "
        f"curves shown end at {f['last_ground_truth_reward']}; the second-best output has reward {SECOND_BEST}, and "
        f"the best one, of initial probability {readable(BEST_PROBABILITY, 1)}, takes far longer to rise. Bottom: the "
        "proxy reward, as a share of the way from its initial expectation to its maximum."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    variances = sorted(set(data.columns["variance_exponent"].tolist()), reverse=True)
    return (
        f"Six panels over a logarithmic time axis. Top: the expected ground-truth reward of {len(variances)} teachers "
        f"with reward variances from 1e{variances[0]} to 1e{variances[-1]} stays flat and then rises, the later the "
        "smaller the variance. Middle: for each teacher three lower bounds, all to the left of the measured hitting "
        "time. Bottom: the proxy reward rises at the same times."
    )


FIGURE = Figure(
    title="Perfectly accurate teachers of low reward variance leave a plateau",
    corresponds_to=(
        "Proposition 3 and its sharpened forms S3 and S3++; the message of the paper's Figure 1. Here the policy is "
        "tabular, the flow is exact and the times are measured, where the paper sketches the landscape."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.82,
)
