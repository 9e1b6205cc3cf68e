"""The register: inequalities at a policy of any kind, in parameter space (Proposition 2 and its sharper forms)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import jax.numpy as jnp
import numpy as np

from theory.bounds import parameter_space
from theory.instances.parametric import ParametricInstance, ParametricPathInstance, ParametricPolicyInstance, PolicyCase
from theory.parameter_space.problem import PolicyProblem, make_policy_problem
from theory.policies.log_linear import log_linear_policy
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.statement import Hypothesis, Relation, Sides, Subject, inequality, stated

Sided = Callable[[ParametricPolicyInstance], Sides]


def table_problem(
    probabilities: Sequence[float],
    proxy_reward: Sequence[float],
    *,
    reference: Sequence[float] | None = None,
    kl_coefficient: float = 0.0,
) -> PolicyProblem:
    """The paper's tabular policy, one prompt and one token, in parameter space; `r_G = r_RM`."""
    policy = TabularPerPrefixPolicy(prompts=1, vocabulary=len(probabilities), length=1)
    return make_policy_problem(
        policy,
        np.log(np.asarray(probabilities))[None, None],
        proxy_reward=proxy_reward,
        ground_truth_reward=proxy_reward,
        kl_coefficient=kl_coefficient,
        log_reference=None if reference is None else np.log(np.asarray(reference))[None],
    )


def shared_coin_case() -> PolicyCase:
    """Two tokens from one fair coin, rewarded by the number of heads: S2 is attained, for any length."""
    features = np.tile(np.eye(2), (1, 3, 1, 1))
    policy = log_linear_policy(features, length=2)
    reward = [1.0, 0.0, 0.0, -1.0]
    problem = make_policy_problem(policy, np.zeros(2), proxy_reward=reward, ground_truth_reward=reward)
    return PolicyCase(problem)


def _even() -> PolicyCase:
    return PolicyCase(table_problem([0.5, 0.5], [1.0, -1.0]))


def _shifted_logits() -> PolicyCase:
    """Features with a common shift, which softmax ignores and the spectral norm does not."""
    policy = log_linear_policy(np.array([[2.0, 1.0], [2.0, -1.0]]))
    problem = make_policy_problem(policy, np.zeros(2), proxy_reward=[1.0, -1.0], ground_truth_reward=[1.0, -1.0])
    return PolicyCase(problem)


def _martingale(with_first: float) -> Sided:
    def sides(i: ParametricPolicyInstance) -> Sides:
        parts = i.martingale_variance - (1 - with_first) * i.first_token_variance
        return Sides(parts, i.variance, i.variance)

    return sides


def _fisher_form(factor: float) -> Sided:
    return lambda i: inequality(i.gradient_norm, factor * parameter_space.fisher_form(i.variance, i.fisher_norm))


def _fisher_norm(factor: float) -> Sided:
    return lambda i: inequality(i.fisher_norm, factor * parameter_space.fisher_norm_bound(i.contrast_norm, i.length))


def _contrast(swapped: bool) -> Sided:
    def sides(i: ParametricPolicyInstance) -> Sides:
        pair = i.contrast_norm, i.jacobian_norm
        return inequality(*(pair[::-1] if swapped else pair))

    return sides


def _sharpened(norm: str, factor: float) -> Sided:
    return lambda i: inequality(
        i.gradient_norm,
        factor * parameter_space.sharpened_proposition_2(i.variance, getattr(i, norm), i.length),
    )


def _proposition_2(factor: float) -> Sided:
    """`M` is the largest `|r_KL|` there is, or one where that is smaller: the proposition holds for every `M > 1`."""
    return lambda i: inequality(
        i.gradient_norm,
        factor
        * parameter_space.proposition_2(i.variance, i.jacobian_norm, i.length, jnp.maximum(i.largest_reward, 1.0)),
    )


def _without_kl(factor: float) -> Sided:
    return lambda i: inequality(
        i.gradient_norm,
        factor * parameter_space.proposition_2(i.variance, i.jacobian_norm, i.length, 1.0),
    )


VARIES = Hypothesis[ParametricPolicyInstance | ParametricPathInstance](
    "reward-varies", r"\mathrm{Var}_{\pi}[r_{KL}] > 0", lambda i: jnp.asarray(i.variance) > 0
)
NO_KL = Hypothesis[ParametricInstance]("no-kl", r"\lambda = 0", lambda i: jnp.asarray(i.kl_coefficient) == 0)


_statement = partial(stated, Subject.PARAMETRIC_POLICY, origin="ours", hypotheses=(VARIES,))

PARAMETRIC_POLICY_STATEMENTS = (
    _statement(
        "martingale",
        "S2, step 1",
        "The expected reward given a growing prefix is a martingale",
        r"\textstyle\sum_l E_{y_{<l}}\mathrm{Var}_{v\sim\pi(\cdot|x,y_{<l})}[Q_l] = \mathrm{Var}_\pi[r_{KL}]"
        r"\quad(Q_l = E[r_{KL} \mid y_{\le l}])",
        _martingale(1.0),
        ("the first token's part left out", _martingale(0.0), shared_coin_case),
        section="ours, observation (b)",
        relation=Relation.EQUAL,
        hypotheses=(),
    ),
    _statement(
        "contrast",
        "S6, norm",
        "Common shifts of all logits do not count",
        r"J_x^{\pm} = \max_{y,l,i,j}\|\nabla(f_i - f_j)\|/\sqrt2 \le J_x",
        _contrast(False),
        ("the other way round", _contrast(True), _shifted_logits),
        section="ours, sharpens the Jacobian norm",
    ),
    _statement(
        "s0-fisher",
        "S2, step 2",
        "The Fisher information is bounded by the Jacobian",
        r"\lambda_{\max}(F_x) \le \tfrac12 L (J_x^{\pm})^2 \le \tfrac12 L J_x^2",
        _fisher_norm(1.0),
        ("the bound lowered by one per cent", _fisher_norm(0.99), _even),
        section="ours, sharpens Proposition 2",
        hypotheses=(),
    ),
    _statement(
        "s0",
        "S0",
        "The Fisher form of the flat landscape",
        r"\|\nabla\phi(\theta;x)\|^2 \le \lambda_{\max}(F_x)\,\mathrm{Var}_\pi[r_{KL}]",
        _fisher_form(1.0),
        ("the bound lowered by one per mille", _fisher_form(0.999), _even),
        section="ours, sharpens Proposition 2",
    ),
    _statement(
        "s2",
        "S2",
        "Proposition 2 with the rate 1/2",
        r"\|\nabla\phi(\theta;x)\| \le J_x\sqrt{\tfrac12 L\,\mathrm{Var}_\pi[r_{KL}]}",
        _sharpened("jacobian_norm", 1.0),
        ("the bound lowered by one per mille", _sharpened("jacobian_norm", 0.999), shared_coin_case),
        section="ours, sharpens Proposition 2",
    ),
    _statement(
        "s6-gradient",
        "S6, step 1",
        "S2 without the common shifts of the logits",
        r"\|\nabla\phi(\theta;x)\| \le J_x^{\pm}\sqrt{\tfrac12 L\,\mathrm{Var}_\pi[r_{KL}]}",
        _sharpened("contrast_norm", 1.0),
        ("the bound lowered by one per mille", _sharpened("contrast_norm", 0.999), shared_coin_case),
        section="ours, sharpens S2",
    ),
    _statement(
        "prop2",
        "Proposition 2",
        "Low reward variance is a flat landscape",
        r"\|\nabla\phi(\theta;x)\| \le 6 M^{1/3} L J_x \mathrm{Var}_\pi[r_{KL}]^{1/3},\ |r_{KL}| \le M,\ M > 1",
        _proposition_2(1.0),
        ("the constant 6 lowered to 0.70 (1/sqrt 2 is attained)", _proposition_2(0.70 / 6), _even),
        section="Section 3, Appendix C",
        origin="paper",
    ),
    _statement(
        "razin2024",
        "Razin et al. 2024, Theorem 1",
        "Small reward deviation, vanishing gradient",
        r"\|\nabla V(\theta;x)\| \le 6 L J_x\,\mathrm{STD}_\pi[r]^{2/3}\quad(\lambda = 0)",
        _without_kl(1.0),
        ("the constant 6 lowered to 0.70 (1/sqrt 2 is attained)", _without_kl(0.70 / 6), _even),
        section="arXiv 2310.20703, Theorem 1",
        origin="paper",
        hypotheses=(VARIES, NO_KL),
    ),
)
"""Statements about a policy of any kind, in the order of the ledger."""
