"""The hypotheses of the statements about `t_gamma`, as predicates on an instance, and the features that make one hard.

Features are counted among the instances that meet the hypotheses (`statement.Feature`).
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from theory.arrays import AnyArray, Scalars
from theory.bounds import upper_bounds
from theory.bounds.upper_bounds import loss_is_small
from theory.instances import hypothesis_margins
from theory.instances.lower_bounds import (
    best_output,
    best_probability,
    best_share,
    good_members,
    good_set_of,
    is_best,
    proposition_4_kl_limit,
    proposition_4_mass_limit,
    reward_range,
    smallest_log_probability,
    truth_advantage,
    value_at,
)
from theory.instances.other_reference import regularized_start, spread_of, unevenness
from theory.instances.tabular import HittingTimeInstance, ReferenceInstance, TabularInstance
from theory.instances.upper_bounds import (
    best_alone,
    chosen_set,
    fast_members,
    kl_loss,
    one_rewarded,
    others_are_below_average,
)
from theory.statement import Feature, Hypothesis

VARIES = Hypothesis[TabularInstance](
    "reward-varies",
    r"\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM}] > 0",
    lambda i: reward_range(i) > 0,
    hypothesis_margins.reward_varies,
)
WITHOUT_KL = Hypothesis[TabularInstance](
    "no-kl-term", r"\lambda = 0", lambda i: jnp.asarray(i.problem.kl_coefficient) == 0
)
INSIDE_UNIT_RANGE = Hypothesis[HittingTimeInstance](
    "narrow-rewards",
    r"\max r_{RM} - \min r_{RM} \le 1/T,\ T \ge 1",
    lambda i: (reward_range(i) > 0) & (reward_range(i) <= 1),
    hypothesis_margins.inside_unit_range,
)
BEST_IS_GOOD = Hypothesis[HittingTimeInstance](
    "best-output-is-good",
    r"r_G(x, y_\gamma) > V_G(\theta(0); x) + \gamma,\ y_\gamma = \mathrm{argmax}\, r_{RM}",
    lambda i: value_at(truth_advantage(i), best_output(i)) > i.increase,
    hypothesis_margins.best_is_good,
)


def _best_stands_out(instance: HittingTimeInstance) -> AnyArray:
    proxy = instance.problem.proxy_reward
    gap = jnp.max(proxy, axis=-1, keepdims=True) - proxy
    probability = best_probability(instance)[..., None]
    return jnp.all(is_best(instance) | ((gap > 1 - probability) & (gap < 1)), axis=-1)


BEST_STANDS_OUT = Hypothesis[HittingTimeInstance](
    "best-output-stands-out",
    r"r_{RM}(y_\gamma) - r_{RM}(y) \in (1 - \pi_{\theta(0)}(y_\gamma), 1)\ \text{for all other } y",
    _best_stands_out,
    hypothesis_margins.best_stands_out,
)


def theorem_5_kl_limit(instance: HittingTimeInstance) -> Scalars:
    """The largest KL coefficient that Theorem 5 admits, shape `(*batch)`."""
    return upper_bounds.theorem_5_fast_kl_limit(
        best_share(instance), best_probability(instance), smallest_log_probability(instance)
    )


THEOREM_5_KL = Hypothesis[HittingTimeInstance](
    "small-kl-coefficient",
    r"\lambda \le \pi_{\theta(0)}(y_\gamma)(1-\rho)^4 / (8(1/(2e) - 2\ln\min\pi_{\theta(0)}))",
    lambda i: jnp.asarray(i.problem.kl_coefficient) <= theorem_5_kl_limit(i),
    lambda i: hypothesis_margins.headroom(i.problem.kl_coefficient, theorem_5_kl_limit(i)),
)


def _one_output_rewarded(instance: HittingTimeInstance) -> AnyArray:
    proxy = instance.problem.proxy_reward
    return (jnp.sum(proxy == 1, axis=-1) == 1) & (jnp.sum(proxy == -1, axis=-1) == proxy.shape[-1] - 1)


ONE_REWARDED = Hypothesis[HittingTimeInstance](
    "one-output-rewarded", r"r_{RM} = +1 \text{ on one output}, -1 \text{ elsewhere}", _one_output_rewarded
)


def theorem_6_kl_limit(instance: HittingTimeInstance) -> Scalars:
    """The largest KL coefficient that Theorem 6 admits, shape `(*batch)`."""
    return upper_bounds.theorem_6_fast_kl_limit(
        best_share(instance), best_probability(instance), smallest_log_probability(instance)
    )


THEOREM_6_KL = Hypothesis[HittingTimeInstance](
    "small-kl-coefficient",
    r"\lambda \le c(1-\rho)^3 / (16(1/(2e) - 2\ln\min\pi_{\theta(0)})),\ c = \pi_{\theta(0)}(y_\gamma)",
    lambda i: jnp.asarray(i.problem.kl_coefficient) <= theorem_6_kl_limit(i),
    lambda i: hypothesis_margins.headroom(i.problem.kl_coefficient, theorem_6_kl_limit(i)),
)


def _another_output_is_good(instance: HittingTimeInstance) -> AnyArray:
    good = truth_advantage(instance) > jnp.asarray(instance.increase)[..., None]
    return jnp.any(~is_best(instance) & good, axis=-1)


TWO_GOOD = Hypothesis[HittingTimeInstance](
    "two-good-outputs",
    r"r_G(y_\gamma), r_G(y'_\gamma) > V_G(\theta(0); x) + \gamma,\ y'_\gamma = \mathrm{argmax}\, r_{RM} \ne y_\gamma",
    lambda i: BEST_IS_GOOD.holds(i) & _another_output_is_good(i),
    hypothesis_margins.two_good,
)
GOOD_SET = Hypothesis[HittingTimeInstance](
    "good-set",
    r"Y^+ \ne \emptyset,\ r_G > V_G + \gamma,\ r_{RM} > V_{RM} \text{ on } Y^+",
    lambda i: good_set_of(i).valid,
    hypothesis_margins.paper_good_set,
)
POSITIVE_MARGIN = Hypothesis[HittingTimeInstance](
    "positive-margin",
    r"\delta > 0",
    lambda i: jnp.asarray(good_set_of(i).margin) > 0,
    hypothesis_margins.positive_margin,
)
PROPOSITION_4_KL = Hypothesis[HittingTimeInstance](
    "small-kl-coefficient",
    r"\lambda \le \pi_{\theta(0)}(Y^+)(1-\rho)\delta / (8|Y^+|(2\ln(1/\min\pi_{\theta(0)}) + 1/(2e)))",
    lambda i: jnp.asarray(i.problem.kl_coefficient) <= proposition_4_kl_limit(i),
    lambda i: hypothesis_margins.headroom(i.problem.kl_coefficient, proposition_4_kl_limit(i)),
)
PROPOSITION_4_MASS = Hypothesis[HittingTimeInstance](
    "small-bad-mass",
    r"\pi_{\theta(0)}(Y_{bad}) \le \pi_{\theta(0)}(Y^+)^2 (1-\rho)\delta/(16|Y^+|)"
    r" \exp(-20|Y^+|/((1-\rho)\delta)(1/\pi_{\theta(0)}(Y^+) - 1/\rho))",
    lambda i: jnp.asarray(good_set_of(i).bad_mass) <= proposition_4_mass_limit(i),
    lambda i: hypothesis_margins.headroom(good_set_of(i).bad_mass, proposition_4_mass_limit(i)),
)
OTHERS_BELOW_AVERAGE = Hypothesis[HittingTimeInstance](
    "others-below-average",
    r"r_{RM}(y) \le V_{RM}(\theta(0); x) \text{ for all } y \ne y_\gamma",
    others_are_below_average,
    hypothesis_margins.others_below_average,
)
_KL_LATEX = r"\ln\frac{1}{\min\pi_{\theta(0)}}\left(\frac{1}{P_0} + \frac{2}{1-\rho}\right)"
SHARPENED_THEOREM_5_KL = Hypothesis[HittingTimeInstance](
    "small-kl-coefficient",
    r"\ell = \frac{\lambda}{\kappa}" + _KL_LATEX + r" < 1",
    lambda i: jnp.asarray(kl_loss(i, best_alone(i))) < 1,
    lambda i: hypothesis_margins.headroom(kl_loss(i, best_alone(i)), 1.0),
)
SHARPENED_THEOREM_6_KL = Hypothesis[HittingTimeInstance](
    "small-kl-coefficient",
    r"\ell = \frac{\lambda(K-1)}{2K}" + _KL_LATEX + r" < 1",
    lambda i: jnp.asarray(kl_loss(i, one_rewarded(i))) < 1,
    lambda i: hypothesis_margins.headroom(kl_loss(i, one_rewarded(i)), 1.0),
)
SHARPENED_GOOD_SET = Hypothesis[HittingTimeInstance](
    GOOD_SET.name, GOOD_SET.latex, lambda i: chosen_set(i).valid, hypothesis_margins.sharpened_good_set
)
SHARPENED_MARGIN = Hypothesis[HittingTimeInstance](
    "positive-margin",
    r"\kappa = \max_{Y^+} r_{RM} - h - d/(1-\rho) > 0,\ d = \max_{Y^+} r_{RM} - \min_{Y^+} r_{RM},"
    r"\ h = \max\{r_{RM}(y) \le V_{RM}(\theta(0);x)\}",
    lambda i: jnp.asarray(chosen_set(i).good.margin) > 0,
    hypothesis_margins.sharpened_margin,
)


def _loss_is_small(instance: HittingTimeInstance) -> AnyArray:
    chosen = chosen_set(instance)
    return loss_is_small(chosen.loss, chosen.good.bad_mass)


SMALL_LOSS = Hypothesis[HittingTimeInstance](
    "small-loss",
    r"\ell = \frac{n\lambda}{\kappa}" + _KL_LATEX + r" + \frac{2b}{\kappa(1-\rho)} + \frac{2nb^2}{\kappa P_0(1-\rho)^2}"
    r" \le \tfrac12 \text{ if } Y_{bad} \ne \emptyset,\ \ell < 1 \text{ otherwise},\ b = \pi_{\theta(0)}(Y_{bad})"
    r"\exp((\tfrac{16}{27} + 2\lambda\ln\tfrac{1}{\min\pi_{\theta(0)}})\tfrac{2n}{\kappa}(G(\rho) - G(P_0)))",
    _loss_is_small,
    hypothesis_margins.small_loss,
)
DRIVEN = Hypothesis[ReferenceInstance](
    "reward-varies",
    r"\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM} - \lambda\ln(\pi_{\theta(0)}/\pi_{ref})] > 0",
    lambda i: spread_of(regularized_start(i)) > 0,
    lambda i: spread_of(regularized_start(i)),
)
UNIFORM = Hypothesis[ReferenceInstance](
    "uniform-reference",
    r"\pi_{ref}(y) = 1/|Y|",
    lambda i: unevenness(i) == 0,
    lambda i: -unevenness(i),
)
THEOREM_5_FAST_HYPOTHESES = (BEST_IS_GOOD, BEST_STANDS_OUT, THEOREM_5_KL)
THEOREM_6_FAST_HYPOTHESES = (ONE_REWARDED, BEST_IS_GOOD, THEOREM_6_KL)
THEOREM_6_SLOW_HYPOTHESES = (ONE_REWARDED, TWO_GOOD)
PROPOSITION_4_HYPOTHESES = (GOOD_SET, POSITIVE_MARGIN, PROPOSITION_4_KL, PROPOSITION_4_MASS)
SHARPENED_THEOREM_5_FAST_HYPOTHESES = (BEST_IS_GOOD, OTHERS_BELOW_AVERAGE, SHARPENED_THEOREM_5_KL)
SHARPENED_THEOREM_6_FAST_HYPOTHESES = (ONE_REWARDED, BEST_IS_GOOD, SHARPENED_THEOREM_6_KL)
SHARPENED_PROPOSITION_4_HYPOTHESES = (SHARPENED_GOOD_SET, SHARPENED_MARGIN, SMALL_LOSS)

KL_FEATURES: tuple[Feature[HittingTimeInstance], ...] = (
    Feature("a KL term", lambda i: jnp.asarray(i.problem.kl_coefficient) > 0),
)


def _ranked_behind_another(instance: HittingTimeInstance, members: AnyArray) -> AnyArray:
    """Whether an output outside of the set is rewarded more than one of its members."""
    proxy = jnp.asarray(instance.problem.proxy_reward)
    lowest = jnp.min(jnp.where(members, proxy, jnp.inf), axis=-1)
    return jnp.max(jnp.where(members, -jnp.inf, proxy), axis=-1) > lowest


def _set_features(
    bad_mass: Callable[[HittingTimeInstance], AnyArray],
    size: Callable[[HittingTimeInstance], AnyArray],
    members: Callable[[HittingTimeInstance], AnyArray],
) -> tuple[Feature, ...]:
    def bad(instance: HittingTimeInstance) -> AnyArray:
        return bad_mass(instance) > 0

    def kl(instance: HittingTimeInstance) -> AnyArray:
        return KL_FEATURES[0].present(instance)

    def several(instance: HittingTimeInstance) -> AnyArray:
        return size(instance) >= 2

    return (
        *KL_FEATURES,
        Feature("bad outputs", bad),
        Feature("several good outputs", several),
        Feature("bad outputs and a KL term", lambda i: bad(i) & kl(i)),
        Feature("several good outputs and a KL term", lambda i: several(i) & kl(i)),
        Feature("bad outputs, several good ones", lambda i: bad(i) & several(i)),
        Feature("bad outputs, several good ones and a KL term", lambda i: bad(i) & several(i) & kl(i)),
        Feature("an output ranked above a good one", lambda i: _ranked_behind_another(i, members(i))),
    )


PROPOSITION_4_FEATURES = _set_features(
    lambda i: jnp.asarray(good_set_of(i).bad_mass), lambda i: jnp.asarray(good_set_of(i).size), good_members
)
SHARPENED_PROPOSITION_4_FEATURES = _set_features(
    lambda i: jnp.asarray(chosen_set(i).good.bad_mass), lambda i: jnp.asarray(chosen_set(i).good.size), fast_members
)
