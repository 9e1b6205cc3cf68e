"""The register, part two: identities and inequalities that hold at every tabular policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax.numpy as jnp

from theory.bounds import lemmas
from theory.instances.tabular import PolicyInstance
from theory.moments import variance
from theory.statement import Hypothesis, Relation, Subject, stated
from theory.statements.tabular.policy_sides import (
    definition_2,
    integrable,
    lemma_3,
    lemma_4,
    lemma_7,
    lemma_7_without_baseline,
    lemma_8,
    lemma_9,
    lemma_9_unsquared,
    lemma_11,
    log_policy_of,
    regularized_reward,
    reward_errors,
    sharpened_lemma_11,
    step_threshold,
    value_rate,
    variance_identity,
    variance_rate,
    variance_rate_sides,
)
from theory.tabular.problem import make_problem


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
    lambda i: variance(jnp.exp(log_policy_of(i)), regularized_reward(i)) > 0,
    # One is the most that a reward in [-1, 1] has.
    lambda i: jnp.sqrt(variance(jnp.exp(log_policy_of(i)), regularized_reward(i))),
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
        definition_2(1.0),
        ("the factor 1/2 left out", definition_2(2.0), _EVEN),
        relation=Relation.EQUAL,
        section="Section 2",
    ),
    _lemma(
        "lem3",
        "Lemma 3",
        "KL divergence is bounded by the smallest reference probability",
        r"KL(p\|q) \le \ln(1/\min_y q(y))",
        lemma_3(1.0),
        ("half the bound", lemma_3(0.5), _at_policy([1 - 1e-9, 1e-9], [0.01, 0.99], [1.0, -1.0])),
    ),
    _lemma(
        "lem4",
        "Lemma 4",
        "The KL part cannot push a small probability far",
        r"-p(y)^2 \ln\frac{p(y)}{q(y)} \le \frac{q(y)^2}{2e}",
        lemma_4(1.0),
        (
            "the bound lowered by one per cent",
            lemma_4(0.99),
            _at_policy([0.5 * 0.6065306597126334, 1 - 0.5 * 0.6065306597126334], [0.5, 0.5], [1.0, -1.0]),
        ),
    ),
    _lemma(
        "lem7",
        "Lemma 7",
        "The policy gradient of a tabular policy",
        r"\nabla_{\theta_{:,x}}\phi(\theta;x) = \pi \odot (r_{KL} - E_\pi r_{KL})",
        lemma_7,
        (
            "the mean of the reward is not subtracted",
            lemma_7_without_baseline,
            _at_policy([0.3, 0.7], [0.5, 0.5], [1.0, -0.5], kl_coefficient=0.1),
        ),
        relation=Relation.EQUAL,
    ),
    _lemma(
        "lem8",
        "Lemma 8",
        "The gradient is at most the standard deviation of the reward",
        r"\|\nabla_{\theta_{:,x}}\phi(\theta;x)\|_1 \le \sqrt{\mathrm{Var}_\pi[r_{KL}]}",
        lemma_8(1.0),
        ("the bound lowered by one per cent", lemma_8(0.99), _EVEN),
        hypotheses=(_VARIES,),
    ),
    _lemma(
        "lem9",
        "Lemma 9",
        "The velocity of a probability under gradient flow",
        r"|S|\dot\pi(y) = \pi(y)[\pi(y)A(y) - \textstyle\sum_{y'}\pi(y')^2 A(y')],\ A = r_{KL} - E_\pi r_{KL}",
        lemma_9,
        (
            "the probabilities in the sum are not squared",
            lemma_9_unsquared,
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
        lemma_11(1.0),
        ("a fifth of the bound", lemma_11(0.2), _at_policy([0.85474493, 0.14525507], [0.5, 0.5], [1.0, -1.0])),
    ),
    _lemma(
        "s-lem11",
        "S-L11",
        "The KL part slows an output down at most this much",
        r"\pi(y)(\ln\frac{\pi(y)}{\pi_{ref}(y)} - KL) - \textstyle\sum_{y'}\pi(y')^2(\ln\frac{\pi(y')}"
        r"{\pi_{ref}(y')} - KL) \le (1 - \pi(y)^2)\ln\frac{1}{\min\pi_{ref}}",
        sharpened_lemma_11(1.0),
        (
            "three tenths of the bound",
            sharpened_lemma_11(0.3),
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
        variance_identity,
        (
            "the KL term has the coefficient 1 in place of 2",
            lambda i: variance_rate_sides(i, 0.5),
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
        variance_rate(lemmas.VARIANCE_RATE_CONSTANT),
        (
            "the constant 1 lowered to 0.49 (1/2 is the best possible)",
            variance_rate(0.49),
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
        variance_rate(lemmas.SHARPENED_VARIANCE_RATE_CONSTANT),
        (
            "the constant 1/2 lowered to 0.49",
            variance_rate(0.49),
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
        value_rate(lemmas.SHARPENED_VALUE_RATE_CONSTANT),
        ("the constant 1/2 lowered to 0.495", value_rate(0.495), _EVEN),
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
        reward_errors,
        (
            "the flow of the proxy reward in place of the truth's",
            partial(reward_errors, under_the_proxy=True),
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
        step_threshold(1 / 8),
        (
            "without the spread",
            step_threshold(0.0),
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
        lambda i: integrable(i, 1.0),
        (
            "the clock leaves out Z",
            lambda i: integrable(i, 0.0),
            _at_policy([0.3, 0.7], [0.5, 0.5], [1.0, -1.0], shift=1.0),
        ),
        relation=Relation.EQUAL,
        section="ours",
        origin="ours",
    ),
)
"""Statements about single policies, in the order of the ledger."""
