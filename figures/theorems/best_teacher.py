"""The best teacher: the shortest time that any reward model of a given accuracy, margin or variance was found to need.

A best, a mediocre and three worse outputs. For every order of the outputs that puts the best one first, the rewards in
[-1, 1] that teach fastest are searched with exact derivatives of the hitting time.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from figures.drawing.numbers import readable
from figures.drawing.style import GRADES, GREY, LINE_STYLES, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import Columns, stack_rows
from sims.flow_hitting_times import hitting_times
from sims.sensitivity.best_teacher import best_teacher
from theory.accuracy.pairs import uniform_accuracy
from theory.bounds import lower_bounds
from theory.moments import variance
from theory.tabular.problem import Problem, make_problem

POLICY = np.array([0.05, 0.5, 0.15, 0.15, 0.15])
GROUND_TRUTH = np.array([1.0, 0.8, -0.2, -0.6, -1.0])
TARGET = 0.9
"""Expected ground-truth reward that is waited for: more than the mediocre output has."""

MARGINS = {"smoke": (0.0, 0.3), "quick": (0.0, 0.1, 0.3, 0.45), "full": (0.0, 0.1, 0.2, 0.3, 0.4, 0.48)}
"""How far each reward is above the next, at least."""
ORDERS = {"smoke": 6, "quick": 24, "full": 24}
"""Of the 24 orders that put the best output first, how many are searched."""
VARIANCES = {
    "smoke": np.array([0.01, 0.1]),
    "quick": np.geomspace(0.001, 0.19, 12),
    "full": np.geomspace(0.0003, 0.19, 30),
}
"""Largest reward variances under the initial policy."""
RANDOM = {"smoke": 200, "quick": 4000, "full": 20_000}
SEED = 23
LARGEST_DRAWN = 1e6
"""Random reward models take up to any time; those above this are left out of the picture."""

FEW_ORDERS = ((0, 1, 2, 3, 4), (0, 2, 3, 4, 1), (0, 4, 3, 2, 1))
"""Where the variance is limited: the truth's, the mediocre output last, and the truth's reversed."""


def problem_with(proxy: np.ndarray) -> Problem:
    """Problems with these reward models, shape `(*batch, outputs)`."""
    return make_problem(
        initial_probabilities=np.broadcast_to(POLICY, proxy.shape),
        proxy_reward=proxy,
        ground_truth_reward=np.broadcast_to(GROUND_TRUTH, proxy.shape),
    )


def compute(level: Level) -> FigureData:
    """Fastest reward models by margin and accuracy, and by variance; random ones; the truth."""
    increase = TARGET - float(POLICY @ GROUND_TRUTH)
    truth = problem_with(GROUND_TRUTH)
    orders = [(0, *rest) for rest in permutations(range(1, len(POLICY)))][: ORDERS[level]]
    blocks: list[dict[str, object]] = []
    for margin in MARGINS[level]:
        for order in orders:
            found = best_teacher(truth, increase, order, margin=margin)
            ranks = -np.argsort(np.array(order)).astype(np.float64)
            accuracy = float(uniform_accuracy(ranks, GROUND_TRUTH))
            about = {"mark": "order", "margin": margin, "accuracy": accuracy, "order": ">".join(map(str, order))}
            blocks.append(about | {"time": found.time, "variance": found.variance})
    for limit in VARIANCES[level]:
        tried = [best_teacher(truth, increase, order, largest_variance=float(limit)) for order in FEW_ORDERS]
        fastest = min(tried, key=lambda teacher: teacher.time)
        bound = float(lower_bounds.sharpened_proposition_3(increase, limit, 1.0))
        blocks.append({"mark": "variance", "limit": limit, "time": fastest.time, "variance": fastest.variance})
        blocks.append({"mark": "S3", "limit": limit, "time": bound, "variance": limit})
    blocks += [_random(RANDOM[level], increase), _the_truth(truth, increase)]
    columns = stack_rows(*blocks)
    settings = {
        "initial_probabilities": POLICY.tolist(),
        "ground_truth": GROUND_TRUTH.tolist(),
        "target": TARGET,
        "gamma": increase,
        "prompts": 1,
        "kl_coefficient": 0.0,
        "orders": len(orders),
        "random": RANDOM[level],
        "seed": SEED,
    }
    return FigureData(columns, settings, _facts(columns))


def _random(count: int, increase: float) -> dict[str, object]:
    """Uniform rewards of which the largest is the best output's."""
    rewards = np.random.default_rng(SEED).uniform(-1, 1, (count, len(POLICY)))
    rows, highest = np.arange(count), np.argmax(rewards, axis=-1)
    rewards[rows, highest], rewards[:, 0] = rewards[:, 0].copy(), rewards[rows, highest]
    return {
        "mark": "random",
        "margin": np.diff(np.sort(rewards, axis=-1), axis=-1).min(axis=-1),
        "accuracy": uniform_accuracy(rewards, np.broadcast_to(GROUND_TRUTH, rewards.shape)),
        "time": np.asarray(hitting_times(problem_with(rewards), increase).time),
        "variance": np.asarray(variance(np.broadcast_to(POLICY, rewards.shape), rewards)),
    }


def _the_truth(truth: Problem, increase: float) -> dict[str, object]:
    return {
        "mark": "truth",
        "accuracy": 1.0,
        "time": float(hitting_times(truth, increase).time),
        "variance": float(variance(POLICY, GROUND_TRUTH)),
    }


def frontier(data: FigureData, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """The accuracies, and the shortest time that was found at each, of reward models with a margin."""
    rows = data.where(mark="order", margin=margin)
    accuracies = np.unique(rows["accuracy"])
    return accuracies, np.array([rows["time"][rows["accuracy"] == a].min() for a in accuracies])


def _facts(columns: Columns) -> dict[str, float]:
    data = FigureData(columns, {})
    margins = np.unique(data.where(mark="order")["margin"])
    random, truth = data.where(mark="random"), float(data.where(mark="truth")["time"][0])
    ratios = []
    for margin in margins:
        for accuracy, time in zip(*frontier(data, margin), strict=True):
            same = (random["accuracy"] == accuracy) & (random["margin"] >= margin)
            ratios += (random["time"][same] / time).tolist()
    fastest, bound = data.where(mark="variance"), data.where(mark="S3")
    over = fastest["time"] / bound["time"]
    spread = frontier(data, float(margins.max()))[1]
    return {
        "truth_time": truth,
        "shortest_time": float(frontier(data, 0.0)[1].min()),
        "largest_of_margin_zero": float(frontier(data, 0.0)[1].max()),
        "largest_margin": float(margins.max()),
        "spread_at_the_largest_margin": float(spread.max() / spread.min()),
        "slowest_at_the_largest_margin": float(spread.max()),
        "compared_random_models": float(len(ratios)),
        "smallest_random_over_frontier": float(np.min(ratios)),
        "smallest_time_over_bound": float(over.min()),
        "largest_time_over_bound": float(over.max()),
    }


def draw(data: FigureData, canvas: Canvas) -> None:
    """Time against accuracy on the left, against variance on the right."""
    left, right = canvas.subplots(1, 2, sharey=True)
    random, truth = data.where(mark="random"), data.where(mark="truth")
    _dots(left, random["accuracy"], random["time"])
    for place, margin in enumerate(np.unique(data.where(mark="order")["margin"])):
        colour, style = GRADES[place], LINE_STYLES[place]
        left.plot(
            *frontier(data, margin), color=colour, linestyle=style, marker="o", markersize=2.5, label=f"{margin:g}"
        )
    left.plot(truth["accuracy"], truth["time"], "*", color=VERMILION, markersize=7, zorder=5)
    left.set_xlabel("accuracy")
    left.set_ylabel(r"hitting time $t_\gamma$")
    _dots(right, random["variance"], random["time"], label="random reward models")
    fastest, bound = data.where(mark="variance"), data.where(mark="S3")
    right.plot(fastest["limit"], fastest["time"], color=GRADES[0], marker="o", markersize=2.5, label="fastest found")
    right.plot(bound["limit"], bound["time"], color=GRADES[1], linestyle=LINE_STYLES[1], label="none is faster (S3)")
    right.plot(truth["variance"], truth["time"], "*", color=VERMILION, markersize=7, zorder=5, label="the truth itself")
    right.set_xscale("log")
    right.set_xlabel(r"reward variance $\mathrm{Var}_{\pi_0}[r_{\mathrm{RM}}]$")
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_ylim(1, LARGEST_DRAWN)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
    left.legend(title="margin", fontsize=6, title_fontsize=6, loc="upper left")
    handles, labels = right.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside upper center", ncols=4, columnspacing=1.2)


def _dots(axes: Axes, x: np.ndarray, time: np.ndarray, label: str | None = None) -> None:
    axes.plot(x, time, ".", color=GREY, markersize=1.5, alpha=0.35, zorder=1, rasterized=True, label=label)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value)) for name, value in data.facts.items()}
    return (
        f"Five outputs of ground-truth reward {', '.join(f'{r:g}' for r in GROUND_TRUTH)}, of which the policy gives "
        f"the mediocre one half of its mass; the time until the expected ground truth is {TARGET} (no KL term). Left: "
        "the shortest time found for reward models in [−1, 1] that order the outputs with a given accuracy, each "
        "reward at least a margin above the next; the best output is always first, as with another one there the "
        f"target is not reached. Without a margin accuracy costs nothing: {f['shortest_time']} at every accuracy; the "
        f"truth itself (star) takes {f['truth_time']}. With a margin of {f['largest_margin']} times at different "
        f"accuracies differ by a factor of {f['spread_at_the_largest_margin']}. Dots: "
        f"{readable(float(data.settings['random']), 1)} random reward models with the best output first; of those that "
        f"keep a margin the fastest takes {f['smallest_random_over_frontier']} times what the search found. Right: the "
        f"shortest time found for reward models of limited variance, {f['smallest_time_over_bound']} to "
        f"{f['largest_time_over_bound']} times the lower bound S3, below which there is provably none. That there is "
        "none in between is not proved. Times above 10⁶ are not drawn."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Two panels, hitting time on a logarithmic axis. Left, against accuracy: one curve per margin, flat for margin "
        "zero and higher and steeper for larger margins, below a cloud of random reward models; a star for the truth "
        "lies far above. Right, against variance: the fastest reward models found fall along a line above and "
        "parallel to the lower bound, with the same cloud above."
    )


FIGURE = Figure(
    title="The fastest teachers found, by accuracy, margin and variance",
    corresponds_to=(
        "Theorems 2 and 5 and Proposition 3. The paper shows that accuracy alone does not tell how fast a reward model "
        "teaches; this searches for the fastest of every accuracy, with exact derivatives of the hitting time."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.5,
)
