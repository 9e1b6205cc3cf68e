"""Theorem 2's race: a reward model that ranks every pair correctly loses to one that errs on nearly all of them.

Both come from the theorem's own construction. The first gives rewards in `(0, 1/T)` in the order of the ground truth;
the second gives 1 to the best output and rewards in `(0, pi0(y_g))`, in reverse order, to all others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from scipy.special import softmax

from figures.drawing.numbers import power_of_ten, readable
from figures.drawing.style import BLUE, GREY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import stack_rows
from sims.flow_hitting_times import hitting_times
from sims.hitting import Hitting
from sims.trajectories import trajectory
from theory.accuracy.pairs import uniform_accuracy
from theory.bounds import lower_bounds, upper_bounds
from theory.constructions.theorem5 import TeacherPair, theorem2_rankings, theorem5_teachers_from_ranks
from theory.moments import expectation
from theory.tabular.problem import Problem, make_problem, stack_problems

OUTPUTS = 16
INCREASE = 0.3
SEED = 11
RACE_RANGE = 1e4
"""`T` of the race shown as curves."""

RANGES = {"smoke": np.array([1e2, 1e4]), "quick": np.geomspace(1, 1e6, 25), "full": np.geomspace(1, 1e6, 61)}
"""`T` of the second panel."""
POINTS = {"smoke": 20, "quick": 400, "full": 1000}

ACCURATE = "perfect accuracy, narrow range"
INACCURATE = "low accuracy, best output far above"
TRUTH = "the ground truth itself"


def start() -> tuple[np.ndarray, np.ndarray]:
    """The initial policy and `r_G`, whose best output the policy gives a tenth of its mass."""
    random = np.random.default_rng(SEED)
    truth = np.sort(random.uniform(-1, 0.5, OUTPUTS))
    truth[-1] = 1.0
    policy = softmax(0.5 * random.standard_normal(OUTPUTS))
    policy *= 0.9 / policy[:-1].sum()
    policy[-1] = 0.1
    return policy, truth


def teachers(inverse_reward_range: float) -> TeacherPair:
    """Theorem 2's extreme pair for rewards in `(0, 1/T)`, `T = inverse_reward_range`."""
    policy, truth = start()
    slow_ranks, fast_ranks = theorem2_rankings(truth)
    return theorem5_teachers_from_ranks(
        initial_probabilities=policy,
        ground_truth_reward=truth,
        increase=INCREASE,
        inverse_reward_range=inverse_reward_range,
        slow_ranks=slow_ranks,
        fast_ranks=fast_ranks,
    )


def taught_by(proxy: np.ndarray) -> Problem:
    """The problem with this reward model."""
    policy, truth = start()
    return make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth)


def compute(level: Level) -> FigureData:
    """The three curves of the race, and hitting times with their bounds over `T`."""
    policy, truth = start()
    pair = teachers(RACE_RANGE)
    racers = {ACCURATE: pair.slow_reward, INACCURATE: pair.fast_reward, TRUTH: truth}
    ranges = RANGES[level]
    slow = [taught_by(teachers(float(length)).slow_reward) for length in ranges]
    hitting = hitting_times(stack_problems([*map(taught_by, racers.values()), *slow]), INCREASE)
    time = np.asarray(hitting.time)
    initial_truth = float(expectation(policy, truth))
    target = initial_truth + INCREASE
    limits = {
        "Theorem 5, slow": lower_bounds.theorem_5_slow,
        "S-T5, slow": lower_bounds.sharpened_theorem_5_slow,
    }
    upper = float(upper_bounds.theorem_5_fast(pair.required_share, policy[-1], 1.0))

    times = np.geomspace(0.3, 20 * time[: len(racers)].max(), POINTS[level])
    blocks: list[dict[str, object]] = []
    for (name, proxy), reached in zip(racers.items(), time[: len(racers)], strict=True):
        path = trajectory(taught_by(proxy), times)
        about = {"panel": "race", "teacher": name, "accuracy": float(uniform_accuracy(proxy, truth))}
        blocks.append(about | {"mark": "curve", "time": times, "ground_truth_reward": path.expected(truth)})
        blocks.append(about | {"mark": "hitting time", "time": float(reached), "ground_truth_reward": target})
    about = {"panel": "race", "ground_truth_reward": target}
    for name, bound in limits.items():
        blocks.append(about | {"teacher": ACCURATE, "mark": name, "time": float(bound(INCREASE, RACE_RANGE, 1.0))})
    blocks.append(about | {"teacher": INACCURATE, "mark": "Theorem 5, fast", "time": upper})

    sweep = {"panel": "sweep", "inverse_reward_range": ranges}
    times_slow = time[len(racers) :]
    blocks.append(sweep | {"teacher": ACCURATE, "mark": "hitting time", "time": times_slow})
    for name, bound in limits.items():
        blocks.append(sweep | {"teacher": ACCURATE, "mark": name, "time": np.asarray(bound(INCREASE, ranges, 1.0))})
    blocks.append(sweep | {"teacher": INACCURATE, "mark": "hitting time", "time": float(time[1])})
    blocks.append(sweep | {"teacher": INACCURATE, "mark": "Theorem 5, fast", "time": upper})

    settings = {
        "outputs": OUTPUTS,
        "gamma": INCREASE,
        "seed": SEED,
        "prompts": 1,
        "kl_coefficient": 0.0,
        "inverse_reward_range": RACE_RANGE,
        "initial_ground_truth_reward": initial_truth,
        "initial_probabilities": policy.tolist(),
        "ground_truth": truth.tolist(),
        "kl_limit": float(pair.kl_limit),
        "required_share": float(pair.required_share),
    }
    return FigureData(stack_rows(*blocks), settings, _facts(hitting, pair, truth, upper, ranges, times_slow))


def _facts(
    hitting: Hitting, pair: TeacherPair, truth: np.ndarray, upper: float, ranges: np.ndarray, slow: np.ndarray
) -> dict[str, float]:
    accurate, inaccurate, itself = (float(t) for t in np.asarray(hitting.time)[:3])
    return {
        "accurate_time": accurate,
        "inaccurate_time": inaccurate,
        "ground_truth_time": itself,
        "accurate_accuracy": float(uniform_accuracy(pair.slow_reward, truth)),
        "inaccurate_accuracy": float(uniform_accuracy(pair.fast_reward, truth)),
        "fast_upper_bound": upper,
        "slow_over_paper_bound": accurate / float(lower_bounds.theorem_5_slow(INCREASE, RACE_RANGE, 1.0)),
        "slow_over_our_bound": accurate / float(lower_bounds.sharpened_theorem_5_slow(INCREASE, RACE_RANGE, 1.0)),
        "fast_bound_over_time": upper / inaccurate,
        "smallest_losing_range": float(ranges[slow > inaccurate].min()) if (slow > inaccurate).any() else float("inf"),
    }


_COLOURS = {ACCURATE: BLUE, INACCURATE: VERMILION, TRUTH: "#444444"}
_STYLES: dict[str, Any] = {ACCURATE: "-", INACCURATE: (0, (5, 1.2)), TRUTH: (0, (1, 1))}
_BOUND_STYLES: dict[str, Any] = {
    "Theorem 5, slow": (0, (1, 1.5)),
    "S-T5, slow": (0, (6, 2)),
    "Theorem 5, fast": (0, (6, 2)),
}
_BOUND_LABELS = {
    "Theorem 5, slow": "lower bound, Theorem 5",
    "S-T5, slow": "lower bound, S-T5 (ours)",
    "Theorem 5, fast": "upper bound, Theorem 5",
}


def draw(data: FigureData, canvas: Canvas) -> None:
    """The race on the left, hitting times over `T` on the right."""
    left, right = canvas.subplots(1, 2, width_ratios=(1.25, 1))
    _draw_race(data, left)
    _draw_sweep(data, right)
    handles, labels = left.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside upper center", ncols=3, columnspacing=1.2)
    bars = [
        Line2D([], [], color=_COLOURS[teacher], linestyle=_BOUND_STYLES[mark], linewidth=0.9)
        for mark, teacher in (("Theorem 5, slow", ACCURATE), ("S-T5, slow", ACCURATE), ("Theorem 5, fast", INACCURATE))
    ]
    canvas.legend(bars, list(_BOUND_LABELS.values()), loc="outside lower center", ncols=3)


def _draw_race(data: FigureData, axes: Axes) -> None:
    target = data.where(panel="race", mark="hitting time")["ground_truth_reward"][0]
    axes.axhline(target, color=GREY, linewidth=0.7, zorder=1)
    for teacher in data.values("teacher", panel="race", mark="curve"):
        rows = data.where(panel="race", mark="curve", teacher=teacher)
        label = f"{teacher}\n(accuracy {rows['accuracy'][0]:.3g})"
        axes.plot(
            rows["time"], rows["ground_truth_reward"], color=_COLOURS[teacher], linestyle=_STYLES[teacher], label=label
        )
        spot = data.where(panel="race", mark="hitting time", teacher=teacher)
        axes.plot(spot["time"], spot["ground_truth_reward"], "o", color=_COLOURS[teacher], markersize=4.5, zorder=4)
    for mark in _BOUND_LABELS:
        spot = data.where(panel="race", mark=mark)
        teacher = str(spot["teacher"][0])
        axes.axvline(spot["time"][0], color=_COLOURS[teacher], linestyle=_BOUND_STYLES[mark], linewidth=0.9)
    axes.text(
        0.01, target + 0.015, r"$V_G(0)+\gamma$", transform=axes.get_yaxis_transform(), fontsize=7, color="#444444"
    )
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("training time $t$ (gradient flow)")
    axes.set_ylabel("ground truth $V_G(t)$")
    axes.set_title(f"the race at $T=${power_of_ten(np.log10(RACE_RANGE))}", fontsize=8)


def _draw_sweep(data: FigureData, axes: Axes) -> None:
    slow = data.where(panel="sweep", teacher=ACCURATE, mark="hitting time")
    ranges = slow["inverse_reward_range"]
    axes.plot(ranges, slow["time"], color=_COLOURS[ACCURATE])
    fast = data.where(panel="sweep", teacher=INACCURATE, mark="hitting time")
    axes.plot(ranges, fast["time"], color=_COLOURS[INACCURATE], linestyle=_STYLES[INACCURATE])
    for mark in _BOUND_LABELS:
        rows = data.where(panel="sweep", mark=mark)
        colour = _COLOURS[str(rows["teacher"][0])]
        axes.plot(
            rows["inverse_reward_range"], rows["time"], color=colour, linestyle=_BOUND_STYLES[mark], linewidth=0.9
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("$T$, rewards in $(0, 1/T)$")
    axes.set_ylabel(r"hitting time $t_\gamma$")
    axes.set_title(r"hitting times and bounds", fontsize=8)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value)) for name, value in data.facts.items()}
    return (
        f"Left: gradient flow on three reward models from the same initial policy ({OUTPUTS} outputs, no KL term). The "
        f"first has accuracy {data.facts['accurate_accuracy']:g} and rewards inside an interval of length 1/T, T = "
        f"{readable(RACE_RANGE, 1)}: it needs {f['accurate_time']} units of time to raise the ground-truth reward by γ "
        f"= {INCREASE}. The second orders only {100 * float(data.facts['inaccurate_accuracy']):.1f}% of the pairs "
        f"correctly (2/|Y|) and needs {f['inaccurate_time']}; the ground truth itself needs {f['ground_truth_time']}. "
        "Dots: measured hitting times; vertical lines: Theorem 5's bounds and our sharpened one. The slow time is "
        f"{f['slow_over_paper_bound']} times the paper's lower bound and {f['slow_over_our_bound']} times ours; the "
        f"fast one is {f['fast_bound_over_time']} times below its upper bound. Right: the same times and bounds as T "
        f"grows; the inaccurate teacher does not depend on T. {_who_loses(data)}."
    )


def _who_loses(data: FigureData) -> str:
    smallest = float(data.facts["smallest_losing_range"])
    if smallest == data.where(panel="sweep")["inverse_reward_range"].min():
        return "The accurate teacher loses at every T shown"
    return f"The accurate teacher loses from T = {readable(smallest)} on"


def _finish(data: FigureData) -> str:
    spots = data.where(panel="race", mark="hitting time")
    return ", ".join(str(teacher) for teacher in spots["teacher"][np.argsort(spots["time"])])


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Left: three curves of expected ground-truth reward over logarithmic time; they reach the target in the "
        f"order: {_finish(data)}; vertical lines mark the bounds. Right: the accurate teacher's hitting time grows in "
        "proportion to T above two parallel lower bounds; the inaccurate teacher's is a horizontal line below its "
        "upper bound."
    )


FIGURE = Figure(
    title="A perfectly accurate teacher loses to an inaccurate one",
    corresponds_to=(
        "Theorem 2 (the abridged form of Theorem 5) with its extreme pair of accuracies; the paper proves it, and "
        "shows the effect by policy gradient on language models, where this is the exact gradient flow of a tabular "
        "policy."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.56,
)
