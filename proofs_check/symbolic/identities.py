"""The identities behind the tabular statements, each with the error that its check must reject.

Sides are written as in the paper (section numbers in the statements); time derivatives are multiplied by `|S|`.
"""

from __future__ import annotations

from fractions import Fraction

from proofs_check.symbolic.identity import Identity
from proofs_check.symbolic.quotients import Outputs, Quotient

HALF = Fraction(1, 2)


def variance(o: Outputs) -> Quotient:
    """`Var_p[r_KL]`."""
    return o.mean([a**2 for a in o.centred(o.regularized)]).reduced()


def velocity(o: Outputs) -> list[Quotient]:
    """`|S| d theta / dt`: the gradient of Lemma 7."""
    return [p * a for p, a in zip(o.policy, o.centred(o.regularized), strict=True)]


def gradient(o: Outputs) -> list[Quotient]:
    """The same with the regularised reward spelt out."""
    return [p * a for p, a in zip(o.policy, o.centred(o.spelt_out), strict=True)]


def reward_velocity(o: Outputs) -> list[Quotient]:
    """`|S| d theta / dt` without KL."""
    return [p * a for p, a in zip(o.policy, o.centred(o.reward), strict=True)]


def truth_velocity(o: Outputs) -> list[Quotient]:
    """The same with the ground-truth reward as the one that is maximised."""
    return [p * a for p, a in zip(o.policy, o.centred(o.truth), strict=True)]


def objective(o: Outputs) -> Quotient:
    """`E_p[r_RM - lambda l]`, one prompt's part of the objective."""
    return o.mean(o.spelt_out)


def pairs_variance(o: Outputs, factor: Fraction) -> Quotient:
    """`factor * E_{y, y'} (r(y) - r(y'))^2`."""
    pairs = [
        p * q * (r - s) ** 2
        for p, r in zip(o.policy, o.reward, strict=True)
        for q, s in zip(o.policy, o.reward, strict=True)
    ]
    return factor * o.sum(pairs)


def velocity_part(o: Outputs, values: list[Quotient], power: int = 2) -> Quotient:
    """`p_y [p_y v_y - sum p^power v]` for centred values, at the first output."""
    centred = o.centred(values)
    return o.policy[0] * (
        o.policy[0] * centred[0] - o.sum(p**power * v for p, v in zip(o.policy, centred, strict=True))
    )


def variance_rate(o: Outputs, kl_factor: int) -> Quotient:
    """`sum p^2 A^3 - Var sum p^2 A - kl_factor * lambda sum p^2 A^2`."""
    advantage = o.centred(o.regularized)
    second = [p**2 * a for p, a in zip(o.policy, advantage, strict=True)]
    growth = o.sum(s * a**2 for s, a in zip(second, advantage, strict=True)) - variance(o) * o.sum(second)
    return growth - kl_factor * o.coefficient * o.sum(s * a for s, a in zip(second, advantage, strict=True))


def value_rate(o: Outputs, values: list[Quotient]) -> Quotient:
    """`sum p^2 A values`."""
    return o.sum(v * p * g for v, p, g in zip(velocity(o), o.policy, values, strict=True))


def directional_variance_rate(o: Outputs, kl_factor: int) -> Quotient:
    """`E[A^2 s] - kl_factor * lambda E[A s]` for the score `s = g - E g` of a direction that moves logits by `g`."""
    advantage, score = o.centred(o.regularized), o.centred(o.truth)
    growth = o.mean([s * a**2 for s, a in zip(score, advantage, strict=True)])
    return growth - kl_factor * o.coefficient * o.mean([s * a for s, a in zip(score, advantage, strict=True)])


def one_against_all(o: Outputs) -> Quotient:
    """The variance of a reward that is +1 on the first output and -1 elsewhere."""
    rewards = [o.constant(1 if i == 0 else -1) for i in range(o.count)]
    return o.mean([a**2 for a in o.centred(rewards)])


def _moving_weight(o: Outputs) -> Quotient:
    """`p_0^2 W du_0/dt` for `u_0 = 1 / w_0`: from `u_0 w_0 = 1` it is `-(dw_0/dt) / W`."""
    weight = Quotient(o.weights[0], 0, o.total)
    return -1 * o.derivative(weight, reward_velocity(o)) * Quotient(o.ring.one, 1, o.total)


def _shifted(o: Outputs) -> Quotient:
    return o.policy[0] * o.centred([r + o.coefficient for r in o.reward])[0]


def _scaled(o: Outputs) -> Quotient:
    return o.policy[0] * o.centred([o.coefficient * r for r in o.reward])[0]


DEFINITION_2 = Identity(
    "two forms of the variance",
    r"\tfrac12 E_{y,y'\sim\pi}[(r(y)-r(y'))^2] = E_\pi[(r - E_\pi r)^2]",
    lambda o: pairs_variance(o, HALF),
    lambda o: o.mean([a**2 for a in o.centred(o.reward)]),
    lambda o: 2 * o.mean([a**2 for a in o.centred(o.reward)]),
    "the factor 1/2 left out",
)
LEMMA_7 = Identity(
    "gradient",
    r"\partial\phi(\theta;x)/\partial\theta_y = \pi(y)(r_{KL}(y) - E_\pi r_{KL})",
    lambda o: o.derivative(objective(o), o.basis(0)),
    lambda o: gradient(o)[0],
    lambda o: o.policy[0] * o.spelt_out[0],
    "the mean of the reward is not subtracted",
)
LEMMA_9 = Identity(
    "velocity",
    r"|S|\dot\pi(y) as Lemma 9 prints it, a reward part and a KL part",
    lambda o: o.derivative(o.policy[0], gradient(o)),
    lambda o: velocity_part(o, o.reward) - o.coefficient * velocity_part(o, o.log_ratio),
    lambda o: velocity_part(o, o.reward, power=1) - o.coefficient * velocity_part(o, o.log_ratio, power=1),
    "the probabilities in the sum are not squared",
)
VARIANCE_FLOW = Identity(
    "variance flow",
    r"|S|\tfrac{d}{dt}\mathrm{Var}_\pi[r_{KL}] = \sum\pi^2A^3 - \mathrm{Var}\sum\pi^2A - 2\lambda\sum\pi^2A^2",
    lambda o: o.derivative(variance(o), velocity(o)),
    lambda o: variance_rate(o, 2),
    lambda o: variance_rate(o, 1),
    "the KL term has the coefficient 1 in place of 2",
)
VALUE_FLOW = Identity(
    "value flow",
    r"|S|\tfrac{d}{dt}E_\pi[r] = \sum\pi^2 A\,(r - E_\pi r)",
    lambda o: o.derivative(o.mean(o.truth), velocity(o)),
    lambda o: value_rate(o, o.centred(o.truth)),
    lambda o: value_rate(o, o.truth),
    "the mean of the reward is not subtracted",
)
REWARD_ERRORS = Identity(
    "rate of the errors",
    r"|S|(\dot V_G|_{r_{RM}} - \dot V_G|_{r_G}) = |S| \sum_y (r_{RM} - r_G)(y) \dot\pi(y)|_{r_G}, \lambda = 0",
    lambda o: o.derivative(o.mean(o.truth), reward_velocity(o)) - o.derivative(o.mean(o.truth), truth_velocity(o)),
    lambda o: o.derivative(o.mean(o.reward), truth_velocity(o)) - o.derivative(o.mean(o.truth), truth_velocity(o)),
    lambda o: o.derivative(o.mean(o.reward), reward_velocity(o)) - o.derivative(o.mean(o.truth), reward_velocity(o)),
    "the flow of the proxy reward in place of the truth's",
)
OBJECTIVE_FLOW = Identity(
    "objective flow",
    r"|S|\tfrac{d}{dt}\phi(\theta;x) = \sum(\pi A)^2",
    lambda o: o.derivative(o.mean(o.regularized), velocity(o)),
    lambda o: o.sum(v**2 for v in velocity(o)),
    variance,
    "the variance in place of the squared norm of the gradient",
)
COVARIANCE = Identity(
    "directional derivative",
    r"u\cdot\nabla\phi = \mathrm{Cov}_\pi(r_{KL},\ u\cdot\nabla\ln\pi)",
    lambda o: o.derivative(o.mean(o.regularized), o.truth),
    lambda o: o.mean([g * a for g, a in zip(o.centred(o.truth), o.centred(o.regularized), strict=True)]),
    lambda o: o.mean([g * r for g, r in zip(o.truth, o.regularized, strict=True)]),
    "the means are not subtracted",
)
DIRECTIONAL_VARIANCE = Identity(
    "directional derivative of the variance",
    r"u\cdot\nabla\mathrm{Var}_\pi[r_{KL}] = E_\pi[A^2\,u\cdot\nabla\ln\pi] - 2\lambda E_\pi[A\,u\cdot\nabla\ln\pi]",
    lambda o: o.derivative(variance(o), o.truth),
    lambda o: directional_variance_rate(o, 2),
    lambda o: directional_variance_rate(o, 1),
    "the KL term has the coefficient 1 in place of 2",
)
TOTAL_PROBABILITY = Identity(
    "probabilities",
    r"\sum_y \pi(y) = 1",
    lambda o: o.sum(o.policy),
    lambda o: o.constant(1),
    lambda o: o.sum(p**2 for p in o.policy),
    "the probabilities are squared",
)
CONSTANT_SUM = Identity(
    "constant sum",
    r"\sum_y \dot\theta_y = 0",
    lambda o: o.sum(velocity(o)),
    lambda o: o.constant(0),
    lambda o: o.mean(o.regularized),
    "the mean of the reward is not subtracted",
)
SHIFT = Identity(
    "shift of the reward",
    r"r_{RM} + c gives the same velocity",
    _shifted,
    lambda o: reward_velocity(o)[0],
    lambda o: o.policy[0] * (o.centred(o.reward)[0] + o.coefficient),
    "the shift is not subtracted",
)
SCALE = Identity(
    "scale of the reward",
    r"c\,r_{RM} gives c times the velocity, \lambda = 0",
    _scaled,
    lambda o: o.coefficient * reward_velocity(o)[0],
    lambda o: o.coefficient**2 * reward_velocity(o)[0],
    "the velocity is multiplied by the square",
)
INTEGRABLE = Identity(
    "straight lines",
    r"\pi(y)^2 |S| Z \dot u_y = \pi(y)^2 (V_{RM} - r_y),\ u = e^{-\theta},\ Z = \sum 1/u",
    _moving_weight,
    lambda o: -1 * o.policy[0] ** 2 * o.centred(o.reward)[0],
    lambda o: -1 * o.policy[0] * o.centred(o.reward)[0],
    "one factor of the probability is left out",
)
ONE_AGAINST_ALL = Identity(
    "variance of one rewarded output",
    r"\mathrm{Var} = 4q(1-q) for +1 on an output of probability q, -1 elsewhere",
    one_against_all,
    lambda o: 4 * o.policy[0] * (1 - o.policy[0]),
    lambda o: 4 * o.policy[0],
    "the factor 1 - q left out",
)
