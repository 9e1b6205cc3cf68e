"""The register: training in steps of any size, exact, sampled, normalised or natural."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from theory.arrays import AnyArray, OutputVector
from theory.bounds import updates
from theory.bounds.pathwise import artanh_rise_between, log_odds_of_value, log_variance
from theory.instances.lower_bounds import initial_policy, reward_range, reward_variance
from theory.instances.runs import RUN_GROUP, RUN_STEPS, GroupsInstance, RunInstance, known
from theory.instances.tabular import TabularInstance
from theory.moments import advantage, expectation
from theory.statement import Hypothesis, Sides, Subject, stated
from theory.statements.tabular.hitting_time_hypotheses import VARIES, WITHOUT_KL
from theory.tabular.policy import log_probabilities
from theory.tabular.problem import make_problem

SHORT = 0.5
"""Changes of a smaller range are treated as small."""

Reached = Callable[[RunInstance], OutputVector]
SidesOf = Callable[[RunInstance], Sides]


def _time(instance: RunInstance) -> jax.Array:
    return jnp.sum(jnp.asarray(instance.step_sizes), axis=-1)


def _start(instance: TabularInstance) -> AnyArray:
    return log_probabilities(instance.problem.initial_log_probabilities)


def rise_by(log_policy: OutputVector, change: OutputVector, reward: OutputVector) -> tuple[AnyArray, AnyArray]:
    """By how much a change of the logits raises the artanh of an expected reward, and what rounding has touched.

    `artanh V' - artanh V = ln(1 + 2 E[d (r - V)] / ((1 - V^2)(1 + b))) / 2` with `d = exp(change) - 1` and
    `b = E[d (1 - r)] / E[1 - r]`, in which nothing cancels while the change is small; otherwise the difference itself.
    """
    policy, reward = jnp.exp(log_policy), jnp.asarray(reward)
    shifted = change - jnp.max(jnp.asarray(change), axis=-1, keepdims=True)
    moved = jnp.expm1(shifted)
    constant = jnp.max(reward, axis=-1) == jnp.min(reward, axis=-1)
    below, above = (jnp.where(constant, 1.0, expectation(policy, 1 + sign * reward)) for sign in (1, -1))
    kept = jnp.maximum(1 + expectation(policy, moved * (1 - reward)) / above, jnp.finfo(jnp.float64).tiny)
    size = below * above * kept
    terms = policy * moved * advantage(policy, reward)
    gained = 2 * jnp.sum(terms, axis=-1) / size
    short = jnp.min(shifted, axis=-1) > -SHORT
    near = jnp.log1p(jnp.where(short, gained, 0.0)) / 2
    after = log_probabilities(jnp.asarray(log_policy) + shifted)
    low, high = log_odds_of_value(log_policy, reward), log_odds_of_value(after, reward)
    extent = jnp.max(jnp.abs(jnp.asarray(log_policy)), axis=-1) - jnp.min(shifted, axis=-1)
    touched = jnp.where(
        short, jnp.sum(jnp.abs(terms), axis=-1) / size * (1 + extent), jnp.abs(low) + jnp.abs(high) + extent
    )
    return jnp.where(constant, 0.0, jnp.where(short, near, high - low)), touched


def _ascent(factor: float) -> SidesOf:
    def sides(instance: RunInstance) -> Sides:
        rise, touched = rise_by(_start(instance), known(instance.change), instance.problem.ground_truth_reward)
        spread, prompts = (
            jnp.exp(log_variance(_start(instance), instance.problem.proxy_reward)),
            instance.problem.prompts,
        )
        # Where the expected reward has fallen there is nothing to wait for.
        bound = factor * updates.ascent_time(jnp.maximum(rise, 0.0), spread, prompts)
        slope = 2 * prompts * jnp.exp(-jnp.maximum(rise, 0.0)) / jnp.sqrt(spread)
        return Sides(bound, _time(instance), bound + _time(instance) + slope * touched)

    return sides


def _linear_in_the_rise(reached: Reached, per_rise: Callable[[RunInstance, AnyArray], AnyArray]) -> SidesOf:
    """The sides of `t >= c D`."""

    def sides(instance: RunInstance) -> Sides:
        rise, touched = rise_by(_start(instance), reached(instance), instance.problem.ground_truth_reward)
        bound = per_rise(instance, jnp.maximum(rise, 0.0))
        return Sides(bound, _time(instance), bound + _time(instance) + per_rise(instance, touched))

    return sides


def _signs(factor: float) -> SidesOf:
    return _linear_in_the_rise(lambda i: known(i.sign_change), lambda i, rise: factor * rise)


def _standardised(factor: float) -> SidesOf:
    def per_rise(instance: RunInstance, rise: AnyArray) -> AnyArray:
        return factor * jnp.asarray(
            updates.standardised_time_by_rise(rise, reward_range(instance), instance.epsilon, instance.problem.prompts)
        )

    return _linear_in_the_rise(lambda i: known(i.standardised_change), per_rise)


def _natural(factor: float) -> SidesOf:
    """The natural gradient moves the logits by `r_RM` times the time, in steps of any size."""

    def sides(instance: RunInstance) -> Sides:
        truth, before = jnp.asarray(instance.problem.ground_truth_reward), initial_policy(instance)
        proxy = jnp.asarray(instance.problem.proxy_reward)
        gap = proxy - jnp.max(proxy, axis=-1, keepdims=True)
        tilt = _time(instance)[..., None] * gap
        weights = jnp.exp(tilt)
        terms = before * jnp.expm1(tilt) * advantage(before, truth) / expectation(before, weights)[..., None]
        gained = jnp.maximum(jnp.sum(terms, axis=-1), 0.0)
        below, above = expectation(before, 1 + truth), expectation(before, 1 - truth)
        left = jnp.maximum(above - gained, 0.0)
        angle = jnp.sqrt(below * above) + jnp.sqrt(left * (below + gained))
        spread = jnp.exp(log_variance(_start(instance), proxy))

        def bound(gain: AnyArray) -> AnyArray:
            rise = 2 * jnp.arctan2(gain, angle)
            return factor * jnp.asarray(updates.natural_gradient_time(rise, reward_range(instance), spread))

        touched = bound(jnp.sum(jnp.abs(terms), axis=-1))
        size = 1 + jnp.max(jnp.abs(_start(instance)), axis=-1)
        return Sides(bound(gained), _time(instance), size * (touched + _time(instance)))

    return sides


def _groups(factor: float) -> Callable[[GroupsInstance], Sides]:
    def sides(instance: GroupsInstance) -> Sides:
        policy, truth = initial_policy(instance), jnp.asarray(instance.problem.ground_truth_reward)
        height, room = expectation(policy, 1 + truth), expectation(policy, 1 - truth)
        rise = artanh_rise_between(instance.increase, height, room)
        bound = factor * updates.sampled_ascent_time(
            rise, reward_variance(instance), instance.problem.prompts, instance.group_size
        )
        smaller = jnp.asarray(known(instance.reached)) * bound
        return Sides(smaller, known(instance.mean_time), smaller + jnp.asarray(known(instance.mean_time)))

    return sides


def _with_baseline(factor: float, *, around_the_mean: bool = False) -> Callable[[GroupsInstance], Sides]:
    """S-REINFORCE; `around_the_mean`: with the variance, as if the baseline were the mean."""

    def sides(instance: GroupsInstance) -> Sides:
        policy, truth = initial_policy(instance), jnp.asarray(instance.problem.ground_truth_reward)
        rise = artanh_rise_between(instance.increase, expectation(policy, 1 + truth), expectation(policy, 1 - truth))
        square = reward_variance(instance) if around_the_mean else expectation(policy, _over_baseline(instance) ** 2)
        bound = factor * updates.reinforce_time(rise, square, instance.problem.prompts)
        reached, mean_time = known(instance.baseline_reached), known(instance.baseline_mean_time)
        return Sides(reached * bound, mean_time, reached * bound + mean_time)

    return sides


def _over_baseline(instance: GroupsInstance) -> AnyArray:
    return jnp.asarray(instance.problem.proxy_reward) - jnp.asarray(instance.baseline)[..., None]


def even_run(step: float) -> RunInstance:
    """Two equally likely outputs of rewards 1 and -1, one step, for which a group is drawn that is split evenly."""
    problem = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[1.0, -1.0], ground_truth_reward=[1.0, -1.0])
    return RunInstance(
        problem=problem,
        step_sizes=np.array([step] + [0.0] * (RUN_STEPS - 1)),
        samples=np.tile(np.arange(RUN_GROUP) % 2, (RUN_STEPS, 1)),
        epsilon=np.float64(1e-8),
    )


_statement = partial(
    stated, Subject.RUN, section="ours, for steps of any size", origin="ours", hypotheses=(VARIES, WITHOUT_KL)
)
RISEN = r"D = \operatorname{artanh} V_n - \operatorname{artanh} V_0,\ t = \textstyle\sum_{m<n}\eta_m"

RUN_STATEMENTS = (
    _statement(
        "s-gd",
        "S-GD",
        "Low reward variance is slow for gradient ascent with steps of any size",
        r"t \ge 2|S|(1 - e^{-D}) / \sqrt{\mathrm{Var}_{\pi_{\theta_0}}[r_{RM}]},\quad " + RISEN,
        _ascent(1.0),
        ("the constant 2 raised to 2.01", _ascent(1.005), lambda: even_run(1e-3)),
    ),
    _statement(
        "s-sign",
        "S-SIGN",
        "Updates by signs need a time that does not depend on the reward variance",
        r"t \ge D,\quad |\theta_{y,n+1} - \theta_{y,n}| \le \eta_n,\quad " + RISEN,
        _signs(1.0),
        ("the bound raised by half a per cent", _signs(1.005), lambda: even_run(1e-3)),
    ),
    _statement(
        "s-g1",
        "S-G1",
        "Standardised groups need a time that does not depend on the reward variance",
        r"t \ge 2|S|\,D\,(1 + 2\epsilon/R),\quad R = \max r_{RM} - \min r_{RM},\quad " + RISEN,
        _standardised(1.0),
        ("the constant 2 raised to 2.01", _standardised(1.005), lambda: even_run(1e-3)),
    ),
    _statement(
        "s-npg",
        "S-NPG",
        "The natural gradient feels the reward variance by its logarithm only",
        r"t \ge \frac{2}{R}\ln\left(1 + \frac{R\,D}{2\sigma_0}\right),\quad D = \arcsin V(t) - \arcsin V_0,\quad"
        r" \sigma_0^2 = \mathrm{Var}_{\pi_{\theta_0}}[r_{RM}],\ R = \max r_{RM} - \min r_{RM}",
        _natural(1.0),
        ("the bound raised by half a per cent", _natural(1.005), lambda: even_run(1e-3)),
    ),
)
"""Statements about training in steps, in the order of the ledger."""


def even_groups(
    step: float, size: int, increase: float, steps: int = RUN_STEPS, baseline: float = 0.0
) -> GroupsInstance:
    """Two equally likely outputs of rewards 1 and -1, one step on a group of so many samples."""
    problem = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[1.0, -1.0], ground_truth_reward=[1.0, -1.0])
    return GroupsInstance(
        problem=problem,
        increase=np.float64(increase),
        group_size=np.float64(size),
        step_sizes=np.array([step] + [0.0] * (steps - 1)),
        baseline=np.float64(baseline),
    )


def noise_alone() -> GroupsInstance:
    """Rewards that hardly differ, and are far from the baseline: what is sampled moves the policy, not the reward."""
    problem = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[1.0, 0.999], ground_truth_reward=[1.0, -1.0])
    return GroupsInstance(
        problem=problem,
        increase=np.float64(1e-3),
        group_size=np.float64(2),
        step_sizes=np.array([0.1] + [0.0] * (RUN_STEPS - 1)),
        baseline=np.float64(0.0),
    )


NOT_THE_BASELINE = Hypothesis[GroupsInstance](
    "reward-varies",
    r"E_{\pi_{\theta_0}}[(r_{RM} - b)^2] > 0",
    lambda i: jnp.max(jnp.abs(_over_baseline(i)), axis=-1) > 0,
    lambda i: jnp.max(jnp.abs(_over_baseline(i)), axis=-1),
)


GROUP_STATEMENTS = (
    stated(
        Subject.GROUP_TRAINING,
        "s-rloo",
        "S-RLOO",
        "Low reward variance is slow for RLOO, on average and with probability, with steps of any size",
        r"E[\min(t_\gamma, t)] \ge P(t_\gamma \le t)\,\frac{2|S|(1 - e^{-D})}{c_k\sigma_0},\quad c_k = \sqrt{k/(k-1)},"
        r"\quad D = \operatorname{artanh}(V_0 + \gamma) - \operatorname{artanh}(V_0),\quad"
        r" \sigma_0^2 = \mathrm{Var}_{\pi_{\theta_0}}[r_{RM}]",
        _groups(1.0),
        ("the bound raised by 43 per cent", _groups(1.43), lambda: even_groups(1e-3, 2, 0.9999e-3)),
        (VARIES, WITHOUT_KL),
        section="ours, for steps of any size",
        origin="ours",
    ),
    stated(
        Subject.GROUP_TRAINING,
        "s-reinforce",
        "S-REINFORCE",
        "With a fixed baseline it is the mean square of the reward less the baseline that makes REINFORCE slow",
        r"E[\min(t_\gamma, t)] \ge P(t_\gamma \le t)\,\frac{1.7\,|S|(1 - e^{-D})}{s_0},\quad"
        r" s_0^2 = E_{\pi_{\theta_0}}[(r_{RM} - b)^2],\quad"
        r" D = \operatorname{artanh}(V_0 + \gamma) - \operatorname{artanh}(V_0)",
        _with_baseline(1.0),
        ("the variance in the place of the mean square", _with_baseline(1.0, around_the_mean=True), noise_alone),
        (NOT_THE_BASELINE, WITHOUT_KL),
        section="ours, for steps of any size",
        origin="ours",
    ),
)
"""Statements about training on groups of samples."""
