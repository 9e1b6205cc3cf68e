"""The register, part two: identities and inequalities that hold at every tabular policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp

from theory.arrays import AnyArray
from theory.bounds import lemmas
from theory.instances.tabular import PolicyInstance
from theory.moments import advantage, variance, variance_from_pairs
from theory.statement import Hypothesis, Relation, Sides, Subject, inequality, stated
from theory.tabular.policy import (
    kl_divergence,
    kl_regularized_reward,
    log_normalizer,
    log_probabilities,
    objective,
    policy_gradient,
    probabilities,
    probability_velocity,
)
from theory.tabular.problem import make_problem


def _log_policy(instance: PolicyInstance) -> AnyArray:
    return log_probabilities(instance.logits)


def _log_reference(instance: PolicyInstance) -> AnyArray:
    return log_probabilities(instance.problem.initial_log_probabilities)


def _regularized_reward(instance: PolicyInstance) -> AnyArray:
    problem = instance.problem
    return kl_regularized_reward(
        _log_policy(instance), _log_reference(instance), problem.proxy_reward, problem.kl_coefficient
    )


def _definition_2(factor: float) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        policy = jnp.exp(_log_policy(instance))
        pairs = factor * variance_from_pairs(policy, instance.problem.proxy_reward)
        direct = variance(policy, instance.problem.proxy_reward)
        return Sides(pairs, direct, direct)

    return sides


def _lemma_3(factor: float) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        divergence = kl_divergence(_log_policy(instance), _log_reference(instance))
        return inequality(divergence, factor * lemmas.lemma_3_bound(_log_reference(instance)))

    return sides


def _lemma_4(factor: float) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        left, right = lemmas.lemma_4_sides(_log_policy(instance), _log_reference(instance))
        return inequality(left, factor * right)

    return sides


def _rounded_policy(instance: PolicyInstance) -> AnyArray:
    """`pi(y)` as a scale: a logarithm beyond -64 is rounded by so much that its exponential is off by more than what is
    allowed for a term of that size."""
    log_policy = _log_policy(instance)
    return jnp.exp(log_policy) * jnp.maximum(1.0, -log_policy / 64)


def _gradient_scale(instance: PolicyInstance) -> AnyArray:
    largest = jnp.max(jnp.abs(_regularized_reward(instance)), axis=-1, keepdims=True)
    return _rounded_policy(instance) * (largest + jnp.asarray(instance.problem.kl_coefficient)[..., None])


def _lemma_7(instance: PolicyInstance) -> Sides:
    problem = instance.problem
    arguments = (_log_reference(instance), problem.proxy_reward, problem.kl_coefficient)

    def total(logits: AnyArray) -> AnyArray:
        return jnp.sum(objective(logits, *arguments))

    differentiated = jax.grad(total)(instance.logits)
    return Sides(policy_gradient(instance.logits, *arguments), differentiated, _gradient_scale(instance))


def _lemma_7_without_baseline(instance: PolicyInstance) -> Sides:
    claimed = jnp.exp(_log_policy(instance)) * _regularized_reward(instance)
    return Sides(claimed, _lemma_7(instance).larger, _gradient_scale(instance))


def _lemma_8(factor: float) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        left, right = lemmas.lemma_8_sides(jnp.exp(_log_policy(instance)), _regularized_reward(instance))
        return inequality(left, factor * right)

    return sides


def _lemma_9(instance: PolicyInstance) -> Sides:
    problem = instance.problem
    claimed = lemmas.lemma_9_velocity(
        _log_policy(instance), _log_reference(instance), problem.proxy_reward, problem.kl_coefficient
    )
    gradient = policy_gradient(instance.logits, _log_reference(instance), problem.proxy_reward, problem.kl_coefficient)
    _, differentiated = jax.jvp(probabilities, (instance.logits,), (gradient,))
    log_ratio = _log_policy(instance) - _log_reference(instance)
    size = 1 + problem.kl_coefficient * jnp.max(jnp.abs(log_ratio), axis=-1)
    return Sides(claimed, differentiated, _rounded_policy(instance) * size[..., None])


def _lemma_9_unsquared(instance: PolicyInstance) -> Sides:
    policy = jnp.exp(_log_policy(instance))
    centred = advantage(policy, _regularized_reward(instance))
    claimed = policy * (policy * centred - jnp.sum(policy * centred, axis=-1, keepdims=True))
    _, differentiated, scale = _lemma_9(instance)
    return Sides(claimed, differentiated, scale)


def _lemma_11(factor: float) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        left, right = lemmas.lemma_11_sides(_log_policy(instance), _log_reference(instance))
        return inequality(left, factor * right)

    return sides


def _sharpened_lemma_11(factor: float) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        left, right = lemmas.sharpened_lemma_11_sides(_log_policy(instance), _log_reference(instance))
        # The sum of terms as large as these has the sign of neither.
        size = lemmas.lemma_3_bound(_log_reference(instance))[..., None]
        return Sides(left, factor * right, jnp.abs(left) + size)

    return sides


def _variance_rate(constant: float) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        policy, reward = jnp.exp(_log_policy(instance)), _regularized_reward(instance)
        rate = lemmas.variance_rate(policy, reward, instance.problem.kl_coefficient)
        return inequality(rate, constant * variance(policy, reward) ** 1.5)

    return sides


def _value_rate(constant: float) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        policy, reward = jnp.exp(_log_policy(instance)), _regularized_reward(instance)
        rate = jnp.abs(lemmas.value_rate(policy, reward, instance.problem.ground_truth_reward))
        return inequality(rate, constant * jnp.sqrt(variance(policy, reward)))

    return sides


def _variance_identity(instance: PolicyInstance) -> Sides:
    """The closed form of `d Var / dt` against automatic differentiation along the flow."""
    return _variance_rate_sides(instance, 1.0)


def _variance_rate_sides(instance: PolicyInstance, kl_factor: float) -> Sides:
    problem = instance.problem
    log_reference = _log_reference(instance)

    def spread(logits: AnyArray) -> AnyArray:
        log_policy = log_probabilities(logits)
        regularized = kl_regularized_reward(log_policy, log_reference, problem.proxy_reward, problem.kl_coefficient)
        return variance(jnp.exp(log_policy), regularized)

    gradient = policy_gradient(instance.logits, log_reference, problem.proxy_reward, problem.kl_coefficient)
    _, differentiated = jax.jvp(spread, (instance.logits,), (gradient,))
    policy, reward = jnp.exp(_log_policy(instance)), _regularized_reward(instance)
    claimed = lemmas.variance_rate(policy, reward, kl_factor * problem.kl_coefficient)
    centred = jnp.abs(advantage(policy, reward))
    largest = jnp.max(centred, axis=-1)
    spread_scale = jnp.sum(policy**2 * centred * (centred**2 + largest[..., None] ** 2), axis=-1)
    kl_scale = problem.kl_coefficient * jnp.sum(policy * centred * largest[..., None], axis=-1)
    return Sides(claimed, differentiated, spread_scale + 2 * kl_scale)


def _reward_errors(instance: PolicyInstance, *, under_the_proxy: bool = False) -> Sides:
    """By how much faster `V_G` rises under the proxy reward than under the truth, and the rate of the expected error of
    the proxy under the flow of the truth (of the proxy itself for the control); without KL."""
    problem, log_reference = instance.problem, _log_reference(instance)
    proxy, truth = jnp.asarray(problem.proxy_reward), jnp.asarray(problem.ground_truth_reward)
    without_kl = jnp.zeros_like(problem.kl_coefficient)
    by_proxy, by_truth = (
        probability_velocity(instance.logits, log_reference, reward, without_kl) for reward in (proxy, truth)
    )
    gained = jnp.sum((by_proxy - by_truth) * truth, axis=-1)
    moved = jnp.sum((proxy - truth) * (by_proxy if under_the_proxy else by_truth), axis=-1)
    policy = jnp.exp(_log_policy(instance))
    size = policy + jnp.sum(policy**2, axis=-1, keepdims=True)
    return Sides(gained, moved, 8 * jnp.sum(_rounded_policy(instance) * size, axis=-1))


def _step_threshold(curvature: float) -> Callable[[PolicyInstance], Sides]:
    """The gap of a change of the logits between rewarded outputs and those of the lowest reward, and by how much the
    log-odds of the rewarded ones rise, with what the spread of the change over the others can cost."""

    def sides(instance: PolicyInstance) -> Sides:
        before, after = _log_reference(instance), _log_policy(instance)
        reward, change = jnp.asarray(instance.problem.proxy_reward), after - before
        low = reward == jnp.min(reward, axis=-1, keepdims=True)

        def moments(members: AnyArray) -> tuple[AnyArray, AnyArray]:
            """`E[u]` and `ln E[e^u]` over the members, by differences from the largest: equal ones are exact. Where the
            largest is too rare for that, logarithms are added instead."""
            largest = jnp.max(jnp.where(members, change, -jnp.inf), axis=-1)
            below = jnp.where(members, change - largest[..., None], 0.0)
            log_weights = jnp.where(members, before, -jnp.inf)
            log_weights -= logsumexp(log_weights, axis=-1, keepdims=True)
            weights = jnp.exp(log_weights)
            lost = jnp.sum(weights * jnp.expm1(below), axis=-1)
            near = jnp.log1p(jnp.maximum(lost, -0.5))
            grown = jnp.where(lost > -0.5, near, logsumexp(log_weights + below, axis=-1))
            return largest + jnp.sum(weights * below, axis=-1), largest + grown

        largest, smallest = (jnp.max(jnp.where(low, sign * change, -jnp.inf), axis=-1) for sign in (1.0, -1.0))
        cost = curvature * (largest + smallest) ** 2
        (high_mean, high_grown), (low_mean, low_grown) = moments(~low), moments(low)
        gap, rise = high_mean - low_mean, high_grown - low_grown
        # Logarithms are rounded in units of their own size.
        size = (jnp.max(jnp.abs(before), axis=-1) + jnp.max(jnp.abs(after), axis=-1)) / 64
        return Sides(gap, rise + cost, jnp.abs(gap) + jnp.abs(rise) + cost + size)

    return sides


LIFT = 2.0**800
"""Velocities are computed this many times too large: a rare output's, times small rewards, is below float64's range."""


def _integrable(instance: PolicyInstance, with_normalizer: float) -> Sides:
    """`|S| Z du/dt` for `u = exp(-theta)` along the flow without KL, by differentiation, against `V_RM - r_RM(y)`."""
    problem = instance.problem
    logits = instance.logits
    without_kl = jnp.zeros_like(problem.kl_coefficient)
    claimed = -advantage(jnp.exp(_log_policy(instance)), problem.proxy_reward)
    largest = jnp.max(jnp.abs(claimed), axis=-1, keepdims=True)
    # Time runs as fast as the rewards are large, and a constant added to them changes nothing.
    lifted = -claimed * (LIFT / jnp.where(largest > 0, largest, 1.0))
    gradient = policy_gradient(logits, _log_reference(instance), lifted, without_kl)
    _, differentiated = jax.jvp(lambda theta: jnp.exp(-theta), (logits,), (gradient,))
    clock = jnp.exp(with_normalizer * log_normalizer(logits))[..., None]
    return Sides(clock * differentiated * (largest / LIFT), claimed, jnp.broadcast_to(largest, claimed.shape))


def _at_policy(
    policy: list[float],
    reference: list[float],
    proxy: list[float],
    truth: list[float] | None = None,
    kl_coefficient: float = 0.0,
    shift: float = 0.0,
) -> Callable[[], PolicyInstance]:
    def witness() -> PolicyInstance:
        problem = make_problem(
            initial_probabilities=reference,
            proxy_reward=proxy,
            ground_truth_reward=proxy if truth is None else truth,
            kl_coefficient=kl_coefficient,
        )
        return PolicyInstance(problem=problem, logits=jnp.log(jnp.asarray(policy)) + shift)

    return witness


_EVEN = _at_policy([0.5, 0.5], [0.5, 0.5], [1.0, -1.0])
_VARIES = Hypothesis[PolicyInstance](
    "reward-varies",
    r"\mathrm{Var}_{\pi}[r_{KL}] > 0",
    lambda i: variance(jnp.exp(_log_policy(i)), _regularized_reward(i)) > 0,
    # One is the most that a reward in [-1, 1] has.
    lambda i: jnp.sqrt(variance(jnp.exp(_log_policy(i)), _regularized_reward(i))),
)


_REWARDED = Hypothesis[PolicyInstance](
    "reward-varies",
    r"\max_y r_{RM}(y) > \min_y r_{RM}(y)",
    lambda i: jnp.ptp(jnp.asarray(i.problem.proxy_reward), axis=-1) > 0,
    lambda i: jnp.ptp(jnp.asarray(i.problem.proxy_reward), axis=-1) / 2,
)

_lemma = partial(stated, Subject.POLICY, section="Appendix D", origin="paper")

POLICY_STATEMENTS = (
    _lemma(
        "def2",
        "Definition 2",
        "Reward variance, two ways",
        r"\mathrm{Var}_\pi[r] = \tfrac12 E_{y,y'\sim\pi}[(r(y)-r(y'))^2]",
        _definition_2(1.0),
        ("the factor 1/2 left out", _definition_2(2.0), _EVEN),
        relation=Relation.EQUAL,
        section="Section 2",
    ),
    _lemma(
        "lem3",
        "Lemma 3",
        "KL divergence is bounded by the smallest reference probability",
        r"KL(p\|q) \le \ln(1/\min_y q(y))",
        _lemma_3(1.0),
        ("half the bound", _lemma_3(0.5), _at_policy([1 - 1e-9, 1e-9], [0.01, 0.99], [1.0, -1.0])),
    ),
    _lemma(
        "lem4",
        "Lemma 4",
        "The KL part cannot push a small probability far",
        r"-p(y)^2 \ln\frac{p(y)}{q(y)} \le \frac{q(y)^2}{2e}",
        _lemma_4(1.0),
        (
            "the bound lowered by one per cent",
            _lemma_4(0.99),
            _at_policy([0.5 * 0.6065306597126334, 1 - 0.5 * 0.6065306597126334], [0.5, 0.5], [1.0, -1.0]),
        ),
    ),
    _lemma(
        "lem7",
        "Lemma 7",
        "The policy gradient of a tabular policy",
        r"\nabla_{\theta_{:,x}}\phi(\theta;x) = \pi \odot (r_{KL} - E_\pi r_{KL})",
        _lemma_7,
        (
            "the mean of the reward is not subtracted",
            _lemma_7_without_baseline,
            _at_policy([0.3, 0.7], [0.5, 0.5], [1.0, -0.5], kl_coefficient=0.1),
        ),
        relation=Relation.EQUAL,
    ),
    _lemma(
        "lem8",
        "Lemma 8",
        "The gradient is at most the standard deviation of the reward",
        r"\|\nabla_{\theta_{:,x}}\phi(\theta;x)\|_1 \le \sqrt{\mathrm{Var}_\pi[r_{KL}]}",
        _lemma_8(1.0),
        ("the bound lowered by one per cent", _lemma_8(0.99), _EVEN),
        hypotheses=(_VARIES,),
    ),
    _lemma(
        "lem9",
        "Lemma 9",
        "The velocity of a probability under gradient flow",
        r"|S|\dot\pi(y) = \pi(y)[\pi(y)A(y) - \textstyle\sum_{y'}\pi(y')^2 A(y')],\ A = r_{KL} - E_\pi r_{KL}",
        _lemma_9,
        (
            "the probabilities in the sum are not squared",
            _lemma_9_unsquared,
            _at_policy([0.3, 0.7], [0.5, 0.5], [1.0, -0.5]),
        ),
        relation=Relation.EQUAL,
    ),
    _lemma(
        "lem11",
        "Lemma 11",
        "The KL part of the velocity is bounded",
        r"|\pi(y)^2(\ln\frac{\pi(y)}{\pi_{ref}(y)} - KL) - \pi(y)\textstyle\sum_{y'}\pi(y')^2(\ln\frac{\pi(y')}"
        r"{\pi_{ref}(y')} - KL)| \le \pi(y)(2\ln\frac{1}{\min\pi_{ref}} + \frac{1}{2e})",
        _lemma_11(1.0),
        ("a fifth of the bound", _lemma_11(0.2), _at_policy([0.85474493, 0.14525507], [0.5, 0.5], [1.0, -1.0])),
    ),
    _lemma(
        "s-lem11",
        "S-L11",
        "The KL part slows an output down at most this much",
        r"\pi(y)(\ln\frac{\pi(y)}{\pi_{ref}(y)} - KL) - \textstyle\sum_{y'}\pi(y')^2(\ln\frac{\pi(y')}"
        r"{\pi_{ref}(y')} - KL) \le (1 - \pi(y)^2)\ln\frac{1}{\min\pi_{ref}}",
        _sharpened_lemma_11(1.0),
        (
            "three tenths of the bound",
            _sharpened_lemma_11(0.3),
            _at_policy([1 / 3, 2 / 3], [1e-12, 1 - 1e-12], [1.0, -1.0]),
        ),
        section="ours, sharpens Lemma 11",
        origin="ours",
    ),
    _lemma(
        "var-flow",
        "Proposition 3, proof",
        "How reward variance moves under gradient flow",
        r"|S|\tfrac{d}{dt}\mathrm{Var}_\pi[r_{KL}] = \textstyle\sum \pi^2 A^3 - \mathrm{Var}\sum\pi^2 A"
        r" - 2\lambda\sum\pi^2A^2",
        _variance_identity,
        (
            "the KL term has the coefficient 1 in place of 2",
            lambda i: _variance_rate_sides(i, 0.5),
            _at_policy([0.3, 0.7], [0.5, 0.5], [1.0, -0.5], kl_coefficient=0.5),
        ),
        relation=Relation.EQUAL,
        section="Appendix C",
        origin="ours",
    ),
    _lemma(
        "var-rate",
        "Proposition 3, proof",
        "Reward variance grows slowly",
        r"|S|\tfrac{d}{dt}\mathrm{Var}_\pi[r_{KL}] \le \mathrm{Var}_\pi[r_{KL}]^{3/2}",
        _variance_rate(lemmas.VARIANCE_RATE_CONSTANT),
        (
            "the constant 1 lowered to 0.49 (1/2 is the best possible)",
            _variance_rate(0.49),
            _at_policy([0.14644660940672624, 0.8535533905932737], [0.5, 0.5], [1.0, -1.0]),
        ),
        hypotheses=(_VARIES,),
        section="Appendix C",
    ),
    _lemma(
        "s3-var-rate",
        "S3, step 1",
        "Reward variance grows at most half as fast as the paper allows",
        r"|S|\tfrac{d}{dt}\mathrm{Var}_\pi[r_{KL}] \le \tfrac12\mathrm{Var}_\pi[r_{KL}]^{3/2}",
        _variance_rate(lemmas.SHARPENED_VARIANCE_RATE_CONSTANT),
        (
            "the constant 1/2 lowered to 0.49",
            _variance_rate(0.49),
            _at_policy([0.14644660940672624, 0.8535533905932737], [0.5, 0.5], [1.0, -1.0]),
        ),
        hypotheses=(_VARIES,),
        section="ours, sharpens the proof of Proposition 3",
        origin="ours",
    ),
    _lemma(
        "s3-value-rate",
        "S3, step 2",
        "Any expected reward moves at most at half the standard deviation",
        r"|S|\,|\tfrac{d}{dt}E_\pi[r]| \le \tfrac12\sqrt{\mathrm{Var}_\pi[r_{KL}]}",
        _value_rate(lemmas.SHARPENED_VALUE_RATE_CONSTANT),
        ("the constant 1/2 lowered to 0.495", _value_rate(0.495), _EVEN),
        hypotheses=(_VARIES,),
        section="ours, sharpens the proof of Proposition 3",
        origin="ours",
    ),
    _lemma(
        "reward-errors",
        "S-E",
        "A reward error helps right now if and only if the truth's own flow raises its expectation",
        r"\dot V_G|_{r_{RM}} - \dot V_G|_{r_G} = \textstyle\sum_y e(y)\,\dot\pi(y)|_{r_G}"
        r"\quad(e = r_{RM} - r_G,\ \lambda = 0)",
        _reward_errors,
        (
            "the flow of the proxy reward in place of the truth's",
            partial(_reward_errors, under_the_proxy=True),
            _at_policy([0.05, 0.5, 0.45], [1 / 3, 1 / 3, 1 / 3], [1.0, -1.0, -1.0], [1.0, 0.8, -1.0]),
        ),
        relation=Relation.EQUAL,
        section="docs/sampled-groups.md",
        origin="2604.25872",
    ),
    _lemma(
        "step-threshold",
        "S-ST",
        "A step helps the rewarded outputs if its gap outweighs an eighth of its squared spread over the others",
        r"E_{\pi_0}[u|Y_+] - E_{\pi_0}[u|Y_-] \le \ln\frac{q(1 - q_0)}{q_0(1 - q)}"
        r" + \tfrac18(\max_{Y_-} u - \min_{Y_-} u)^2"
        r"\quad(q = \pi(Y_+),\ u = \theta - \theta_0,\ Y_- = \{y: r_{RM}(y) = \min r_{RM}\})",
        _step_threshold(1 / 8),
        (
            "without the spread",
            _step_threshold(0.0),
            _at_policy([0.2, 0.75, 0.05], [1 / 3, 1 / 3, 1 / 3], [1.0, -1.0, -1.0]),
        ),
        hypotheses=(_REWARDED,),
        section="docs/sampled-groups.md",
        origin="2510.08539",
    ),
    _lemma(
        "s5",
        "S5",
        "The tabular flow without KL is integrable",
        r"u_i(A) = u_i(0) - r_i A + B(A),\ \textstyle\sum\ln u_i \text{ constant},\ t = |S|\int Z\,dA"
        r"\quad(|S| Z\,\dot u_i = V_{RM} - r_i,\ u = e^{-\theta},\ Z = \sum 1/u)",
        lambda i: _integrable(i, 1.0),
        (
            "the clock leaves out Z",
            lambda i: _integrable(i, 0.0),
            _at_policy([0.3, 0.7], [0.5, 0.5], [1.0, -1.0], shift=1.0),
        ),
        relation=Relation.EQUAL,
        section="ours",
        origin="ours",
    ),
)
"""Statements about single policies, in the order of the ledger."""
