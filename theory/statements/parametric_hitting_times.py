"""The register: lower bounds on `t_gamma` for policies of any kind (Theorem 4, abridged as Theorem 1; S4, S6 to S8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax.numpy as jnp

from theory.arrays import Scalars
from theory.bounds import fisher_time, parameter_space
from theory.instances.parametric import HittingTimeCase, ParametricHittingTimeInstance
from theory.statement import Direction, Hypothesis, Sides, Subject, stated
from theory.statements.parametric_policies import table_problem

Bound = Callable[[ParametricHittingTimeInstance], Scalars]
Sided = Callable[[ParametricHittingTimeInstance], Sides]


def theorem_4_bound(i: ParametricHittingTimeInstance) -> Scalars:
    """Theorem 4's bound on the instance's `t_gamma`."""
    return parameter_space.theorem_4(
        i.increase,
        i.initial_variance,
        i.path_jacobian_norm,
        i.length,
        jnp.asarray(i.kl_coefficient),
    )


def sharpened_theorem_4_bound(i: ParametricHittingTimeInstance) -> Scalars:
    """S4's bound on the instance's `t_gamma`."""
    return parameter_space.sharpened_theorem_4(i.increase, i.initial_variance, i.path_jacobian_norm, i.length)


def contrast_theorem_4_bound(i: ParametricHittingTimeInstance) -> Scalars:
    """S6's bound on the instance's `t_gamma`."""
    return parameter_space.contrast_theorem_4(i.increase, i.initial_variance, i.path_contrast_norm, i.length)


def advantage_bound(i: ParametricHittingTimeInstance) -> Scalars:
    """S7's bound on the instance's `t_gamma`."""
    return fisher_time.fisher_time_by_advantage(*_of_fisher_information(i), i.path_largest_advantage)


def score_bound(i: ParametricHittingTimeInstance) -> Scalars:
    """S8's bound on the instance's `t_gamma`."""
    return fisher_time.fisher_time_by_score(*_of_fisher_information(i), i.path_score_norm)


def _of_fisher_information(i: ParametricHittingTimeInstance) -> tuple[Scalars, Scalars, Scalars, Scalars, Scalars]:
    return i.increase, i.initial_truth, i.initial_variance, i.path_mean_fisher_norm, i.path_fisher_norm


def _lower(bound: Bound, factor: float = 1.0) -> Sided:
    def sides(i: ParametricHittingTimeInstance) -> Sides:
        value = factor * bound(i)
        return Sides(value, i.hitting_time, value)

    return sides


def _dominates(factor: float) -> Sided:
    def sides(i: ParametricHittingTimeInstance) -> Sides:
        smaller = factor * jnp.sqrt(jnp.asarray(i.length)) * theorem_4_bound(i)
        larger = sharpened_theorem_4_bound(i)
        return Sides(smaller, larger, jnp.abs(smaller))

    return sides


def _contains(factor: float) -> Sided:
    def sides(i: ParametricHittingTimeInstance) -> Sides:
        smaller = factor * jnp.asarray(sharpened_theorem_4_bound(i))
        return Sides(smaller, score_bound(i), jnp.abs(smaller))

    return sides


STARTS_VARIED = Hypothesis[ParametricHittingTimeInstance](
    "reward-varies",
    r"E_{x\sim S}\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM}] > 0",
    lambda i: jnp.asarray(i.initial_variance) > 0,
)


ATTAINABLE = Hypothesis[ParametricHittingTimeInstance](
    "increase-at-most-two",
    r"\gamma \le 2",
    lambda i: jnp.asarray(i.increase) <= parameter_space.LARGEST_INCREASE,
)


REACHABLE = Hypothesis[ParametricHittingTimeInstance](
    "increase-within-range",
    r"E_{\pi_{\theta(0)}}[r_G] + \gamma \le 1",
    lambda i: jnp.asarray(i.initial_truth) + i.increase <= 1.0,
)


def even_case() -> HittingTimeCase:
    """Two equally likely outputs of opposite rewards, a small `gamma`: S4, S6, S7, S8 are attained in the limit."""
    return HittingTimeCase(table_problem([0.5, 0.5], [1.0, -1.0]), 1e-3)


_statement = partial(
    stated,
    Subject.PARAMETRIC_HITTING_TIME,
    origin="ours",
    direction=Direction.LOWER,
    hypotheses=(STARTS_VARIED,),
)

ARCSINES = r"D = \arcsin(\min\{1, V_0 + \gamma\}) - \arcsin V_0"
"""The rise of the arcsine of the expected reward that S7 and S8 speak of; `V_0` is its value at the start."""

PARAMETRIC_TIME_STATEMENTS = (
    _statement(
        "thm4",
        "Theorem 4",
        "Low reward variance is slow (abridged: Theorem 1)",
        r"t_\gamma \ge \frac{\min\{1 - e^{-\gamma/9},\, 1 - e^{-7/(3\lambda)}\}}{8L^2J_{t_\gamma}^2}"
        r"(E_{x\sim S}\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM}])^{-1/3}",
        _lower(theorem_4_bound),
        ("the constant 1/8 raised to 18.2 (18 is attained)", _lower(theorem_4_bound, 145.6), even_case),
        section="Section 3, Appendix C",
        origin="paper",
    ),
    _statement(
        "s4",
        "S4",
        "Theorem 4 with the rate 1/2",
        r"t_\gamma \ge \frac{2(1 - e^{-\sqrt L\gamma})}{L^{3/2}J_{t_\gamma}^2}"
        r"(E_{x\sim S}\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM}])^{-1/2}",
        _lower(sharpened_theorem_4_bound),
        ("the constant 2 raised to 2.01", _lower(sharpened_theorem_4_bound, 1.005), even_case),
        section="ours, sharpens Theorem 4",
    ),
    _statement(
        "s6",
        "S6",
        "S4 with half the rate of growth, and without the common shifts of the logits",
        r"t_\gamma \ge \frac{4(1 - e^{-\sqrt L\gamma/2})}{L^{3/2}(J_{t_\gamma}^{\pm})^2}"
        r"(E_{x\sim S}\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM}])^{-1/2}",
        _lower(contrast_theorem_4_bound),
        ("the constant 4 raised to 4.02", _lower(contrast_theorem_4_bound, 1.005), even_case),
        section="ours, sharpens S4",
    ),
    _statement(
        "s7",
        "S7",
        "The Fisher form in time, by the largest advantage",
        rf"t_\gamma \ge \frac{{2}}{{B\Lambda}}\ln\left(1 + \frac{{BD}}{{2\sigma_0}}\sqrt{{\Lambda/\Lambda_x}}\right)"
        rf",\quad {ARCSINES}",
        _lower(advantage_bound),
        ("the bound raised by half a per cent", _lower(advantage_bound, 1.005), even_case),
        section="ours, S0 along the flow",
    ),
    _statement(
        "s8",
        "S8",
        "The Fisher form in time, by the longest score",
        r"t_\gamma \ge \frac{2}{\kappa\sqrt\Lambda\sigma_0}\left(1 - e^{-\kappa D/(2\sqrt{\Lambda_x})}\right)"
        rf",\quad {ARCSINES}",
        _lower(score_bound),
        ("the bound raised by half a per cent", _lower(score_bound, 1.005), even_case),
        section="ours, contains S4",
    ),
    _statement(
        "s8-over-s4",
        "S8, comparison",
        "S8 says at least as much as S4 on every problem",
        r"\text{bound of S8} \ge \text{bound of S4}",
        _contains(1.0),
        ("the bound of S4 raised by half a per cent", _contains(1.005), even_case),
        section="ours, S8",
        direction=Direction.NONE,
        hypotheses=(STARTS_VARIED, REACHABLE),
    ),
    _statement(
        "s4-over-thm4",
        "S4, comparison",
        "S4 says more than Theorem 4 on every problem",
        r"\text{bound of S4} \ge 69\sqrt L \cdot \text{bound of Theorem 4}",
        _dominates(parameter_space.SHARPENED_OVER_THEOREM_4),
        ("the factor 69 raised to 150", _dominates(150.0), even_case),
        section="ours, S4",
        direction=Direction.NONE,
        hypotheses=(STARTS_VARIED, ATTAINABLE),
    ),
)
"""Statements about `t_gamma` in parameter space, in the order of the ledger."""
