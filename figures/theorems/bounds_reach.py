"""The reach of bounds on hitting times: their distance from the truth over variances and numbers of outputs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.published.tables import published_variances
from figures.table import stack_rows
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from theory.bounds import parameter_space
from theory.constructions.theorem5 import theorem5_fast_rewards
from theory.constructions.theorem6 import theorem6_reward
from theory.instances.tabular import HittingTimeInstance
from theory.statements.register import select_statements
from theory.tabular.problem import make_problem

SEED = 0
INCREASE = 0.1
SHARE_OF_GAIN = 0.3
OUTPUTS_OF_LEFT = 16
PROBLEMS = {"smoke": 8, "quick": 300, "full": 3000}
VARIANCES = {
    "smoke": (1e-4, 0.1),
    "quick": tuple(np.geomspace(1e-6, 0.6, 9)),
    "full": tuple(np.geomspace(1e-8, 0.6, 17)),
}
SIZES = {"smoke": (4, 8), "quick": (4, 16, 64), "full": (4, 16, 64, 256, 1024)}
LENGTHS = (1, 16, 256)
QUANTILES = (0.1, 0.5, 0.9)
LEVELS_OF_USE = (10.0, 1e3, 1e6)

LOWER = {
    "Theorem 4": (VERMILION, "-"),
    "Proposition 3": (ORANGE, (0, (5, 1.2))),
    "S3": (BLUE, (0, (1, 1))),
    "S3++": (GREEN, "-."),
}
UPPER = {
    "thm5-fast": ("Theorem 5", VERMILION, "-", "o"),
    "thm6-fast": ("Theorem 6", ORANGE, "-", "s"),
    "prop4": ("Proposition 4", PURPLE, "-", "^"),
    "s-thm5-fast": ("S-T5", BLUE, (0, (1, 1)), "o"),
    "s-thm6-fast": ("S-T6", GREEN, (0, (1, 1)), "s"),
    "s-prop4": ("S-P4", SKY, (0, (1, 1)), "^"),
}


def _theorem_4(variance: np.ndarray, length: float) -> np.ndarray:
    """Theorem 4's bound with `J = 1` and no KL term, shape `(count,)`."""
    without_kl = jnp.zeros(variance.shape)
    return np.asarray(parameter_space.theorem_4(INCREASE, variance, 1.0, length, without_kl))


def _policies(rng: np.random.Generator, count: int, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    logits = rng.standard_normal((count, outputs))
    policy = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return policy / policy.sum(axis=-1, keepdims=True), rng.uniform(-1, 1, (count, outputs))


def _spread(name: str, panel: str, at: float, ratio: np.ndarray) -> dict[str, Any]:
    low, middle, high = np.quantile(ratio, QUANTILES)
    return {"panel": panel, "bound": name, "at": at, "low": low, "middle": middle, "high": high, "problems": ratio.size}


def _lower(level: Level) -> list[dict[str, Any]]:
    """Truth over lower bounds for teachers of two levels, scaled to a wanted variance; `|S| = L = J = 1`."""
    rng = np.random.default_rng(SEED)
    policy, truth = _policies(rng, PROBLEMS[level], OUTPUTS_OF_LEFT)
    signs = np.where(truth > np.sum(policy * truth, axis=-1, keepdims=True), 1.0, -1.0)
    full = 1 - np.sum(policy * signs, axis=-1) ** 2
    bounds = jax.jit(lambda i: [s.sides(i).smaller for s in select_statements(["prop3", "s3", "s3-plus-plus"])])
    rows = []
    for wanted in VARIANCES[level]:
        # Where even rewards of -1 and 1 vary less than wanted, the largest variance there is.
        scale = np.minimum(np.sqrt(wanted / full), 1.0)
        problem = make_problem(
            initial_probabilities=policy, proxy_reward=scale[:, None] * signs, ground_truth_reward=truth
        )
        increase = np.full(PROBLEMS[level], INCREASE)
        hitting = hitting_times(problem, increase)
        paper, ours, both = bounds(HittingTimeInstance(problem=problem, increase=increase, hitting_time=hitting.time))
        theorem = _theorem_4(scale**2 * full, 1.0)
        reached = np.asarray(hitting.status) == Status.REACHED
        for name, value in (("Theorem 4", theorem), ("Proposition 3", paper), ("S3", ours), ("S3++", both)):
            rows.append(_spread(name, "lower", float(wanted), (np.asarray(hitting.time) / np.asarray(value))[reached]))
    return rows


def _upper(level: Level) -> list[dict[str, Any]]:
    """Upper bounds over truth for the paper's own fast teachers, `gamma` a share of what there is to gain."""
    rng = np.random.default_rng(SEED + 1)
    statements = select_statements(UPPER)
    evaluate = jax.jit(lambda i: [(s.applies(i), s.sides(i).larger) for s in statements])
    rows = []
    for outputs in SIZES[level]:
        policy, truth = _policies(rng, PROBLEMS[level], outputs)
        best = np.argmax(truth, axis=-1)
        ranks = np.argsort(rng.random(truth.shape), axis=-1)
        np.put_along_axis(ranks, best[:, None], outputs, axis=-1)
        gain = truth.max(axis=-1) - np.sum(policy * truth, axis=-1)
        teachers = {"5": theorem5_fast_rewards(ranks, best, policy), "6": theorem6_reward(best, outputs)}
        for teacher, proxy in teachers.items():
            problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth)
            increase = SHARE_OF_GAIN * gain
            time = np.asarray(hitting_times(problem, increase).time)
            found = evaluate(HittingTimeInstance(problem=problem, increase=increase, hitting_time=time))
            for statement, (applies, bound) in zip(statements, found, strict=True):
                own = "6" if "thm6" in statement.id else "5"
                usable = np.asarray(applies) & np.isfinite(time)
                if teacher == own and usable.any():
                    rows.append(_spread(statement.id, "upper", float(outputs), (np.asarray(bound) / time)[usable]))
    return rows


def compute(level: Level) -> FigureData:
    """Quantiles of truth over lower bound, and of upper bound over truth."""
    data = stack_rows(*_lower(level), *_upper(level))
    settings = {
        "seed": SEED,
        "gamma": INCREASE,
        "share_of_gain": SHARE_OF_GAIN,
        "outputs_left": OUTPUTS_OF_LEFT,
        "problems": PROBLEMS[level],
        "published_variances": published_variances(),
    }
    figure = FigureData(data, settings)
    facts: dict[str, float] = {}
    for name in (*LOWER, *UPPER):
        middle = figure.where(bound=name)["middle"]
        facts |= {f"{name}: smallest": float(middle.min()), f"{name}: largest": float(middle.max())}
    # What a sequence's length costs: S6 over Theorem 4 at the ground truth's published variance, whatever J is.
    variance = published_variances()["ground truth"]
    for length in LENGTHS:
        ours = parameter_space.contrast_theorem_4(INCREASE, variance, 1.0, float(length))
        paper = _theorem_4(np.array([variance]), float(length))
        facts[f"S6 over Theorem 4, L = {length}"] = (np.asarray(ours) / np.asarray(paper)).item()
    return FigureData(data, settings, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """Lower bounds on the left, upper bounds on the right."""
    left, right = canvas.subplots(1, 2)
    for name, (colour, style) in LOWER.items():
        rows = data.where(panel="lower", bound=name)
        left.plot(rows["at"], rows["middle"], color=colour, linestyle=style, label=name)
        left.fill_between(rows["at"], rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
    label: str | None = "measured in the paper"
    for variance in published_variances().values():
        left.plot([variance], [1.15], "|", color=BLACK, markersize=5, label=label)
        label = None
    for id, (name, colour, style, marker) in UPPER.items():
        rows = data.where(panel="upper", bound=id)
        spread = (rows["middle"] - rows["low"], rows["high"] - rows["middle"])
        shape: dict[str, Any] = {"color": colour, "linestyle": style, "marker": marker, "markersize": 3}
        right.errorbar(rows["at"], rows["middle"], yerr=spread, elinewidth=0.5, label=name, **shape)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(bottom=1)
        for use in LEVELS_OF_USE:
            axes.axhline(use, color=GREY, linewidth=0.5, linestyle=(0, (2, 2)), zorder=0)
    left.set_xlabel("initial reward variance")
    left.set_ylabel("hitting time / lower bound")
    right.set_xlabel(r"number of outputs $|Y|$")
    right.set_ylabel("upper bound / hitting time")
    left.legend(fontsize=7)
    right.legend(fontsize=7, ncols=2, loc="upper left")
    sizes = np.unique(data.where(panel="upper")["at"])
    right.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
    right.set_xticks([], minor=True)
    # Room above the curves for what they are.
    right.set_ylim(1, 100 * max(float(np.nanmax(data.where(panel="upper")["high"])), 1e4))


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value)) for name, value in data.facts.items()}
    lengths = ", ".join(f"{f[f'S6 over Theorem 4, L = {length}']} for L = {length}" for length in LENGTHS)
    return (
        "How far bounds are from the truth: medians, with the range from 10% to 90%. Left: tabular policies of "
        f"{OUTPUTS_OF_LEFT} outputs and teachers of two levels, γ = {INCREASE}; ticks mark the variances that the "
        f"paper measured (Table 1). Medians are {f['S3: smallest']} to {f['S3: largest']} for S3, "
        f"{f['S3++: smallest']} to {f['S3++: largest']} for S3++, "
        f"{f['Proposition 3: smallest']} to {f['Proposition 3: largest']} for Proposition 3 and "
        f"{f['Theorem 4: smallest']} to {f['Theorem 4: largest']} for Theorem 4 (L = J = 1). S6 is {lengths} times "
        "Theorem 4 at the ground truth's variance, whatever J is. Right: the fast teachers of Theorems 5 and 6, γ "
        f"{SHARE_OF_GAIN:.0%} of what there is to gain. Medians are up to {f['thm5-fast: largest']} for Theorem 5, "
        f"{f['thm6-fast: largest']} for Theorem 6 and {f['prop4: largest']} for Proposition 4 (on Theorem 5's "
        f"teachers, as S-P4); {f['s-thm5-fast: largest']}, {f['s-thm6-fast: largest']} and {f['s-prop4: largest']} for "
        "ours. Dashed lines: factors of 10, 1,000 and a million, beyond which a bound is called vacuous here."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Two panels with logarithmic axes. Left: hitting time over lower bound against reward variance; S3++, S3 "
        "and Proposition 3 are flat, S3++ the lowest, and Theorem 4 lies far above them and rises as variance falls. "
        "Right: upper bound over hitting time against the number of outputs; the paper's three bounds lie far "
        "above our three."
    )


FIGURE = Figure(
    title="Where bounds on hitting times say something",
    corresponds_to=(
        "Theorem 4, Propositions 3 and 4, and the fast parts of Theorems 5 and 6, which the paper proves and does not "
        "compare with hitting times; with our S3, S3++, S6, S-T5, S-T6 and S-P4."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.5,
)
