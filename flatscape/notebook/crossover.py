"""Theorem 6's crossover: two fixed reward models, and policies between which of them teaches better changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from markupsafe import Markup

from figures.drawing.style import BLUE, GREY, LINE_STYLES, VERMILION
from figures.theorems.crossover import (
    FIRST,
    GOOD_MASS,
    INITIAL_TRUTH,
    OUTPUTS,
    SECOND,
    ground_truth,
    initial_policies,
)
from flatscape.notebook.pieces.markup import number, table
from flatscape.notebook.pieces.picture import picture
from sims.flow_hitting_times import hitting_times
from theory.bounds import lower_bounds, upper_bounds
from theory.constructions.theorem6 import theorem6_reward
from theory.tabular.problem import make_problem, stack_problems

SPLITS = np.geomspace(1e-6, 1e6, 49)
"""Ratios of the two good outputs' probabilities at which both curves are computed."""

NAMES = {FIRST: "first", SECOND: "second"}
"""The reward models, by the good output that each pays for."""

Pair = Float64[np.ndarray, "two splits"]


class Crossover(NamedTuple):
    """Both reward models on many policies, and on the one that is looked at.

    **Fields**: `splits`, `pi(y_g) / pi(y'_g)`, ascending, that of the policy looked at in the last place besides; of
    shape `(2, splits)`, for the reward model of each good output, `mass`, its probability, `time`, `t_gamma`, and the
    bounds of Theorem 6 and S-T6, `lower`, `sharper`, `upper`; `increase`.
    """

    splits: Float64[np.ndarray, " splits"]
    mass: Pair
    time: Pair
    lower: Pair
    sharper: Pair
    upper: Pair
    increase: float

    @property
    def better(self) -> int:
        """The good output whose reward model teaches the policy that is looked at faster."""
        return int(np.argmin(self.time[:, -1]))

    @property
    def sentence(self) -> str:
        """Which reward model is the better teacher here, and by how much."""
        own, other = np.sort(self.time[:, -1])
        masses = ", ".join(number(float(m)) for m in self.mass[:, -1])
        return (
            f"The policy gives the two good outputs {masses}. The {NAMES[self.better]} reward model is the better "
            f"teacher for it, {other / own:,.1f} times as fast."
        )


def run_crossover(split: float, increase: float) -> Crossover:
    """Hitting times of both reward models for all `SPLITS`, and for one split more.

    **Arguments**: `split`, positive; `increase`, `gamma`, positive and below what the second good output can give.

    **Raises** `InvalidInputError` for an increase that is not.

    >>> [run_crossover(split, 0.3).better for split in (1e3, 1e-3)]
    [0, 1]
    """
    splits = np.append(SPLITS, split)
    policies, truth = initial_policies(splits), ground_truth()
    truths = np.broadcast_to(truth, policies.shape)
    problems = [
        make_problem(
            initial_probabilities=policies,
            proxy_reward=np.broadcast_to(theorem6_reward(rewarded, OUTPUTS), policies.shape),
            ground_truth_reward=truths,
        )
        for rewarded in NAMES
    ]
    time = np.asarray(hitting_times(stack_problems(problems), increase).time).reshape(2, -1)
    mass = policies.T[[FIRST, SECOND]]
    share = np.array([float(upper_bounds.required_share(increase, INITIAL_TRUTH, truth[k])) for k in NAMES])[:, None]
    return Crossover(
        splits,
        np.ascontiguousarray(mass),
        time,
        np.asarray(lower_bounds.theorem_6_slow(increase, mass, 1.0)),
        np.asarray(lower_bounds.sharpened_theorem_6_slow(increase, mass, 1.0)),
        np.asarray(upper_bounds.theorem_6_fast(np.broadcast_to(share, mass.shape), mass, 1.0)),
        increase,
    )


def draw_crossover(found: Crossover) -> Markup:
    """Both hitting times over the split, and the policy that is looked at as an upright line."""
    words = (
        "Two hitting times over the ratio of two probabilities: one falls, the other rises, and they cross. "
        + found.sentence
    )
    with picture(words) as drawn:
        axes = drawn.axes
        for place, colour, style, marker in (
            (FIRST, BLUE, LINE_STYLES[0], "o"),
            (SECOND, VERMILION, LINE_STYLES[1], "s"),
        ):
            name = f"pays for the {NAMES[place]} good output"
            axes.plot(SPLITS, found.time[place, :-1], color=colour, linestyle=style, label=name)
            axes.plot(found.splits[-1:], found.time[place, -1:], marker, color=colour, markersize=6, zorder=4)
            axes.fill_between(
                SPLITS, found.sharper[place, :-1], found.upper[place, :-1], color=colour, alpha=0.08, linewidth=0
            )
        axes.axvline(found.splits[-1], color=GREY, linewidth=0.8)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("first over second good output, under the initial policy")
        axes.set_ylabel("hitting time")
        axes.legend(loc="upper center")
    return drawn.svg


def draw_policy(found: Crossover) -> Markup:
    """The policy that is looked at: the probability of every output, by its true reward."""
    policy, truth = initial_policies(found.splits[-1:])[0], ground_truth()
    words = "The probabilities of all outputs by their true reward; the two good ones have " + " and ".join(
        number(float(mass)) for mass in found.mass[:, -1]
    )
    with picture(f"{words}.") as drawn:
        axes = drawn.axes
        axes.plot(truth[2:], policy[2:], "_", color=GREY, markersize=9, markeredgewidth=2, label="other outputs")
        for place, colour, marker in ((FIRST, BLUE, "o"), (SECOND, VERMILION, "s")):
            axes.plot(
                truth[place], policy[place], marker, color=colour, markersize=7, label=f"{NAMES[place]} good output"
            )
        axes.set_yscale("log")
        axes.set_ylim(1e-8, 1)
        axes.set_xlabel("true reward of the output")
        axes.set_ylabel("probability at first")
        axes.legend(loc="lower left")
    return drawn.svg


def crossover_table(found: Crossover) -> Markup:
    """The policy that is looked at: each reward model's probability, time and bounds, and its variance."""
    rows = []
    for place, name in NAMES.items():
        mass = float(found.mass[place, -1])
        cells = (4 * mass * (1 - mass), mass, *(float(v[place, -1]) for v in found[2:6]))
        rows.append((name, *map(number, cells)))
    headings = (
        "reward model",
        "reward variance",
        "probability of its output",
        "hitting time",
        "not before (Theorem 6)",
        "not before (S-T6)",
        "not after (Theorem 6)",
    )
    return table(
        headings, rows, right=headings[1:], caption=f"The two good outputs share {GOOD_MASS:.0%} of the policy."
    )
