"""The infimum of every inequality of the register, with the instances that show it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from proofs_check.search.infimum import Infimum, value_in_words
from theory.instances.tabular import HittingTimeInstance, PathInstance, PolicyInstance, TabularInstance
from theory.statements.best_of_n import BEST_OF_N_STATEMENTS
from theory.statements.pathwise import changed
from theory.statements.register import STATEMENTS, find_statement
from theory.statements.runs import even_groups, even_run
from theory.statements.tabular.other_reference import with_reference
from theory.statements.tabular.paths import extremal_path
from theory.tabular.problem import make_problem

Members = Callable[[], Sequence[TabularInstance]]
SMALL = (1e-1, 1e-2, 1e-3)
MANY = (4, 32, 256)


def _witness(id: str) -> Members:
    return lambda: [find_statement(id).control.witness()]


def _at(policy: list[float], reference: list[float], reward: list[float]) -> TabularInstance:
    problem = make_problem(initial_probabilities=reference, proxy_reward=reward, ground_truth_reward=reward)
    return PolicyInstance(problem=problem, logits=np.log(np.array(policy)))


def _timed(policy: list[float], proxy: list[float], truth: list[float], increase: float) -> TabularInstance:
    problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth)
    return HittingTimeInstance(problem=problem, increase=increase)


def _small_increases(share: float, proxy: float) -> Members:
    """Two outputs, the first of probability `share` and of reward `proxy`, the other of reward `-proxy`."""
    return lambda: [_timed([share, 1 - share], [proxy, -proxy], [1.0, -1.0], gamma) for gamma in SMALL]


def _two_good(share: float) -> Members:
    """The same with a third output, good but not rewarded, whose probability vanishes with `gamma`."""

    def member(gamma: float) -> TabularInstance:
        tiny = 1e-3 * gamma
        return _timed([share, tiny, 1 - share - tiny], [1.0, -1.0, -1.0], [1.0, 1.0, -1.0], gamma)

    return lambda: [member(gamma) for gamma in SMALL]


def _one_against_many(others: Callable[[float], float]) -> Members:
    """A uniform policy on `K` outputs, of which one is rewarded; `gamma` is a thousandth of its probability."""

    def member(outputs: int) -> TabularInstance:
        share = 1 / outputs
        truth = [1.0] + [-1.0] * (outputs - 1)
        proxy = [1.0] + [others(share)] * (outputs - 1)
        return _timed([share] * outputs, proxy, truth, 1e-3 * share)

    return lambda: [member(outputs) for outputs in MANY]


def _grown(elapsed: Sequence[float]) -> Members:
    problem = make_problem(
        initial_probabilities=[1 / 3, 2 / 3], proxy_reward=[1.0, -1.0], ground_truth_reward=[1.0, -1.0]
    )
    subset = np.array([True, False])
    return lambda: [PathInstance(problem=problem, elapsed=np.float64(t), subset=subset) for t in elapsed]


def _large_group(size: int) -> TabularInstance:
    """One short step, and a rise that nearly all groups bring: those whose split is even within three deviations."""
    share = 0.5 + 1.5 / math.sqrt(size)
    moved = 1e-3 * 2 * share * (1 - share) * size / (size - 1)
    return even_groups(1e-3, size, math.tanh(moved), steps=1)


def _nearly_certain() -> list[TabularInstance]:
    return [_at([1 - e, e], [0.01, 0.99], [1.0, -1.0]) for e in (1e-2, 1e-3, 1e-4)]


_LOWEST, _EXTREMAL = (1 - 1 / math.sqrt(2)) / 2, "two outputs, the rarer of probability (1 - 1/sqrt 2)/2, lambda = 0"
_ALL_GOOD = "two equally likely outputs of opposite rewards, as gamma falls to 0"
_UNIFORM = "one rewarded among K equally likely outputs, as K grows; gamma small against 1/K, lambda = 0"

TABULAR_INFIMA = (
    Infimum("lem3", 1.0, 1.0, False, "p nearly one at the output that q thinks least likely", _nearly_certain),
    Infimum("lem4", 1.0, 1.0, True, "p = q exp(-1/2) at one output", _witness("lem4")),
    Infimum("lem8", 1.0, 1.0, True, "|A| constant: two equally likely outputs", _witness("lem8")),
    Infimum(
        "lem11", 4.17436008, 1.0, False, "the smallest found: q = (1/2, 1/2), p = (0.855, 0.145)", _witness("lem11")
    ),
    Infimum(
        "s-lem11",
        2.8105672,
        1.0,
        False,
        "the smallest found: q = (1/2, 1/2), p = (0.807, 0.193)",
        lambda: [_at([0.80674702, 0.19325298], [0.5, 0.5], [1.0, -1.0])],
    ),
    Infimum("var-rate", 2.0, 2.0, True, _EXTREMAL, _witness("var-rate")),
    Infimum("s3-var-rate", 1.0, 1.0, True, _EXTREMAL, _witness("s3-var-rate")),
    Infimum(
        "s3-value-rate", 1.0, 1.0, True, "two equally likely outputs, r_RM = r = (1, -1)", _witness("s3-value-rate")
    ),
    Infimum("s-path-value", 1.0, 1.0, True, "two outputs of rewards 1 and -1, any change", _witness("s-path-value")),
    Infimum(
        "s-path-deviation",
        1.0,
        1.0,
        False,
        "two outputs, of which a rare one becomes twice as likely, as it gets rarer",
        lambda: [changed([p, 1 - p], [2 * p, 1 - 2 * p])() for p in SMALL],
    ),
    Infimum(
        "step-threshold",
        1.0,
        1.0,
        True,
        "two outputs, any change that raises the rewarded one",
        lambda: [_at([0.6, 0.4], [0.1, 0.9], [1.0, -1.0])],
    ),
    Infimum(
        "lem10",
        6.75,
        1.0,
        False,
        "without KL 27/4, as S-L10; whether a KL term lowers it is open",
        _grown((0.1, 0.03, 0.01)),
    ),
    Infimum("s-lem10", 1.0, 1.0, False, "p = (1/3, 2/3), r = (1, -1), as t falls to 0", _grown((0.1, 0.03, 0.01))),
    Infimum("s-var-path", 1.0, 1.0, False, f"{_EXTREMAL}, as t falls to 0", lambda: [extremal_path(t) for t in SMALL]),
    Infimum("prop1", 1.0, 1.0, True, "r_RM = r_G", lambda: [BEST_OF_N_STATEMENTS[0].control.witness()]),
    Infimum(
        "s-gd",
        1.0,
        1.0,
        False,
        "two equally likely outputs of opposite rewards, one step, as it gets shorter",
        lambda: [even_run(step) for step in SMALL],
    ),
    Infimum("s-sign", 1.0, 1.0, True, "two outputs of rewards 1 and -1, any steps", _witness("s-sign")),
    Infimum("s-g1", 1.0, 1.0, True, "two equally likely outputs, a group that is split evenly", _witness("s-g1")),
    Infimum(
        "s-npg",
        1.0,
        1.0,
        False,
        "two equally likely outputs of opposite rewards, as t falls to 0",
        lambda: [even_run(step) for step in SMALL],
    ),
    Infimum(
        "s-rloo",
        1.0,
        1.0,
        False,
        "two equally likely outputs of opposite rewards, one short step, as the group grows",
        lambda: [_large_group(size) for size in (30, 300, 3000)],
    ),
    Infimum(
        "s-reinforce",
        2 / 1.7,
        1.0,
        False,
        "2/1.7, the smallest known: two equally likely outputs of rewards 1 and -1, baseline 0, as the step gets "
        "shorter: all samples then move the policy alike",
        lambda: [even_groups(step, 2, math.tanh(step / 2 * (1 - 1e-9))) for step in SMALL],
    ),
    Infimum("prop3", 2.0, 2.0, False, _ALL_GOOD, _small_increases(0.5, 1.0)),
    Infimum("s3", 1.0, 1.0, False, _ALL_GOOD, _small_increases(0.5, 1.0)),
    Infimum("s3-plus", 1.0, 1.0, False, _ALL_GOOD, _small_increases(0.5, 1.0)),
    Infimum("s3-plus-plus", 1.0, 1.0, False, _ALL_GOOD, _small_increases(0.5, 1.0)),
    Infimum(
        "s3-linear",
        2 / 1.869,
        2 / 1.869,
        False,
        f"2/1.869, {_ALL_GOOD}",
        _small_increases(0.5, 1.0),
    ),
    Infimum(
        "s3-other-reference",
        1.0,
        1.0,
        False,
        "two equally likely outputs, a reward model that hardly tells them apart, as gamma falls to 0",
        lambda: [with_reference([0.5, 0.5], [0.9, 0.1], [1e-3, 0.0], 0.5, gamma) for gamma in SMALL],
    ),
    Infimum(
        "s3-entropy",
        1.0,
        1.0,
        False,
        "two equally likely outputs of opposite rewards, as gamma falls to 0",
        lambda: [with_reference([0.5, 0.5], [0.5, 0.5], [1.0, -1.0], 1.0, gamma) for gamma in SMALL],
    ),
    Infimum("linear-law", 1.0, 1.0, False, _ALL_GOOD, _small_increases(0.5, 1.0)),
    Infimum("thm5-slow", 4.0, 4.0, False, _ALL_GOOD, _small_increases(0.5, 0.25)),
    Infimum("s-thm5", 1.0, 1.0, False, _ALL_GOOD, _small_increases(0.5, 0.25)),
    Infimum(
        "thm6-slow",
        3.8369667,
        2 * math.sqrt(2),
        False,
        "the smallest known: q = 0.3456, gamma = 0.2835, the probability of the other good output nearly zero",
        lambda: [_timed([0.34561886, 1e-9, 0.65438114 - 1e-9], [1.0, -1.0, -1.0], [1.0, 1.0, -1.0], 0.28349181)],
    ),
    Infimum(
        "s-thm6", 1.0, 1.0, False, "q = 1/2, gamma and the other good output's probability fall to 0", _two_good(0.5)
    ),
    Infimum(
        "thm5-fast",
        4.0,
        2.0,
        False,
        f"{_UNIFORM}: 4 is proved for lambda = 0, with KL at least 2",
        _one_against_many(lambda share: share / 2),
    ),
    Infimum("s-thm5-fast", 1.0, 1.0, False, _UNIFORM, _one_against_many(lambda share: share / 2)),
    Infimum(
        "thm6-fast",
        4.0,
        2.0,
        False,
        f"{_UNIFORM}: 4 is proved for lambda = 0, with KL at least 2",
        _one_against_many(lambda share: -1.0),
    ),
    Infimum(
        "s-thm6-fast", 1.0, 1.0, True, "others equally likely and equally bad, lambda = 0", _witness("s-thm6-fast")
    ),
    Infimum(
        "prop4",
        4.0,
        2.0,
        False,
        f"{_UNIFORM}: 4 is proved without KL and bad outputs, with them at least 2",
        _one_against_many(lambda share: -1.0),
    ),
    Infimum("s-prop4", 1.0, 1.0, False, _UNIFORM, _one_against_many(lambda share: -1.0)),
)
"""Of the tabular inequalities, but for the two that say a number never falls: a constant reward attains those."""

_COIN, _EVEN = "tokens from one fair coin, a reward that counts heads", "two equally likely outputs"
PARAMETRIC_INFIMA = (
    Infimum("contrast", 1.0, 1.0, True, "logits whose gradients sum to zero"),
    Infimum("s0-fisher", 1.0, 1.0, True, _COIN),
    Infimum("s0", 1.0, 1.0, True, "A proportional to the score in one direction"),
    Infimum("s2", 1.0, 1.0, True, _COIN),
    Infimum("s6-gradient", 1.0, 1.0, True, _COIN),
    Infimum(
        "prop2",
        6 * math.sqrt(2),
        6 * math.sqrt(2),
        False,
        f"{_EVEN}, L = 1, Var = 1, as M falls to 1 (by S2); the hypothesis is M > 1",
    ),
    Infimum("razin2024", 6 * math.sqrt(2), 6 * math.sqrt(2), True, f"{_EVEN}, L = 1, Var = 1 (by S2)"),
    Infimum("lem5-var-rate", 53.8750067, 24.0, False, "24 by S6, as |r_KL| <= 8; the smallest known: L = 1, Var = 1/2"),
    Infimum("lem5", 16.979053, 1.0, False, "the smallest known: along a short path"),
    Infimum("lem6", 8.0, 1.0, False, "the smallest known: at the start, where |r_KL| <= 1"),
    Infimum("s4-var-rate", 2.0, 2.0, True, "one token, where S6 is attained"),
    Infimum("s6-var-rate", 1.0, 1.0, True, f"one token, {_EXTREMAL}"),
    Infimum("s4-path", 1.0, 1.0, False, f"{_EVEN}, one token, as t falls to 0"),
    Infimum("s6-path", 1.0, 1.0, False, f"{_EVEN}, one token, as t falls to 0"),
    Infimum("thm4", 144.00810, 69.0, False, "69 by S4; the smallest known: one token, as gamma falls to 0"),
    Infimum("s4", 1.0, 1.0, False, f"{_EVEN}, one token, as gamma falls to 0"),
    Infimum("s6", 1.0, 1.0, False, f"{_EVEN}, one token, as gamma falls to 0"),
    Infimum("s7", 1.0, 1.0, False, f"{_EVEN}, one token, as gamma falls to 0"),
    Infimum("s8", 1.0, 1.0, False, f"{_EVEN}, one token, as gamma falls to 0"),
    Infimum("s8-over-s4", 1.0, 1.0, False, f"{_EVEN}, one token, as gamma falls to 0"),
    Infimum(
        "s4-over-thm4",
        2.0860293,
        1.0,
        False,
        "one token, gamma small; smaller still, 1.224 by the formulas, for two outputs, V = -0.6 and gamma near 1.6",
    ),
)
"""Of the inequalities about policies of any kind; each is measured at the witnesses of their controls."""

_REGISTER = {statement.id: place for place, statement in enumerate(STATEMENTS)}
INFIMA = tuple(sorted(TABULAR_INFIMA + PARAMETRIC_INFIMA, key=lambda item: _REGISTER[item.statement]))
"""All of them, in the order of the register."""

_BY_ID = {infimum.statement: infimum for infimum in INFIMA}


def infimum_in_words(id: str) -> str:
    """What is known of the infimum of a statement's larger over its smaller side; empty if nothing is."""
    infimum = _BY_ID.get(id)
    if infimum is None:
        return ""
    return f"{infimum.kind.value}: {value_in_words(infimum)} ({infimum.reason})"
