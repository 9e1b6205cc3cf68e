"""The register, part three: statements about where gradient flow is after some time."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from theory.arrays import AnyArray, Scalars
from theory.bounds import lemmas
from theory.bounds.pathwise import log_variance
from theory.instances.tabular import PathInstance
from theory.moments import expectation
from theory.statement import Control, Sides, Statement, Subject
from theory.statements.tabular.hitting_time_hypotheses import VARIES, WITHOUT_KL
from theory.tabular.policy import log_probabilities, objective_rise
from theory.tabular.problem import make_problem


def _start(instance: PathInstance) -> AnyArray:
    return log_probabilities(instance.problem.initial_log_probabilities)


def _growth_sides(rate: Callable[[PathInstance], Scalars]) -> Callable[[PathInstance], Sides]:
    def sides(instance: PathInstance) -> Sides:
        after = lemmas.log_mass(log_probabilities(instance.reached), instance.subset)
        before = lemmas.log_mass(_start(instance), instance.subset)
        return Sides(after - before, rate(instance), jnp.abs(after) + jnp.abs(before) + 1)

    return sides


def _exponent(formula: Callable[..., Scalars]) -> Callable[[PathInstance], Scalars]:
    def exponent(instance: PathInstance) -> Scalars:
        problem = instance.problem
        smallest = jnp.min(_start(instance), axis=-1)
        return formula(instance.elapsed, problem.kl_coefficient, smallest, problem.prompts)

    return exponent


def _at_rate(rate: float) -> Callable[[PathInstance], Scalars]:
    return lambda instance: rate * instance.elapsed / instance.problem.prompts


def _objective_sides(instance: PathInstance) -> Sides:
    problem = instance.problem
    rise = objective_rise(
        log_probabilities(instance.reached), _start(instance), problem.proxy_reward, problem.kl_coefficient
    )
    return _never_decreases(jnp.zeros_like(rise), rise)


def _expected_sides(choose: Callable[[PathInstance], AnyArray]) -> Callable[[PathInstance], Sides]:
    def sides(instance: PathInstance) -> Sides:
        before = expectation(jnp.exp(_start(instance)), choose(instance))
        after = expectation(jnp.exp(log_probabilities(instance.reached)), choose(instance))
        return _never_decreases(before, after)

    return sides


def _is_last_output(instance: PathInstance) -> AnyArray:
    return jnp.zeros_like(instance.problem.proxy_reward).at[..., -1].set(1.0)


def _never_decreases(before: AnyArray, after: AnyArray) -> Sides:
    """As `before - after <= 0`: rewards may be negative, so a ratio of the two would say nothing."""
    return Sides(before - after, jnp.zeros_like(before), jnp.ones_like(before))


def _path(policy: list[float], proxy: list[float], truth: list[float], elapsed: float) -> Callable[[], PathInstance]:
    def witness() -> PathInstance:
        problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth)
        subset = np.arange(len(policy)) == 0
        return PathInstance(problem=problem, elapsed=np.float64(elapsed), subset=subset)

    return witness


_HACKED = _path([0.4, 0.6], [1.0, -1.0], [-1.0, 1.0], 1.0)


def _inverse_deviation(factor: float) -> Callable[[PathInstance], Sides]:
    """`|sigma_0 / sigma_t - 1| <= sigma_0 t / (4 |S|)`, the change of `1 / sigma` in units of `1 / sigma_0`."""

    def sides(instance: PathInstance) -> Sides:
        problem = instance.problem
        before, after = _start(instance), log_probabilities(instance.reached)
        start, end = (log_variance(policy, problem.proxy_reward) for policy in (before, after))
        extent = jnp.max(jnp.abs(before), axis=-1) + jnp.max(jnp.abs(after), axis=-1) + jnp.abs(start) + jnp.abs(end)
        ratio = jnp.expm1((jnp.asarray(start) - end) / 2)
        allowed = factor * jnp.exp(jnp.asarray(start) / 2) * instance.elapsed / (4 * jnp.asarray(problem.prompts))
        return Sides(jnp.abs(ratio), allowed, (1 + jnp.abs(ratio)) * (1 + extent))

    return sides


def extremal_path(elapsed: float) -> PathInstance:
    """Two outputs, the rarer of probability `(1 - 1/sqrt 2)/2`, where the variance grows fastest."""
    rare = (1 - 0.5**0.5) / 2
    return _path([rare, 1 - rare], [1.0, -1.0], [1.0, -1.0], elapsed)()


PATH_STATEMENTS = (
    Statement(
        id="lem10",
        number="Lemma 10",
        section="Appendix D",
        title="No set of outputs gains mass faster than this",
        origin="paper",
        latex=r"\pi_t(A) \le \pi_0(A)\exp\left(\tfrac{1}{|S|}(4 + 2\lambda\ln\tfrac{1}{\min\pi_0})t\right)",
        subject=Subject.PATH,
        sides=_growth_sides(_exponent(lemmas.lemma_10_exponent)),
        control=Control(
            "the rate 4 lowered to 1/2 (16/27 is attained)",
            _growth_sides(_at_rate(0.5)),
            (),
            _path([1 / 3, 2 / 3], [1.0, -1.0], [1.0, -1.0], 0.01),
        ),
    ),
    Statement(
        id="s-lem10",
        number="S-L10",
        section="ours, sharpens Lemma 10",
        origin="ours",
        title="Lemma 10 with the best rate",
        latex=r"\pi_t(A) \le \pi_0(A)\exp\left(\tfrac{1}{|S|}(\tfrac{16}{27}"
        r" + 2\lambda\ln\tfrac{1}{\min\pi_0})t\right)",
        subject=Subject.PATH,
        sides=_growth_sides(_exponent(lemmas.sharpened_lemma_10_exponent)),
        control=Control(
            "the rate 16/27 lowered to 0.59",
            _growth_sides(_at_rate(0.59)),
            (),
            _path([1 / 3, 2 / 3], [1.0, -1.0], [1.0, -1.0], 0.01),
        ),
    ),
    Statement[PathInstance](
        id="s-var-path",
        number="S-V",
        section="ours, the rate of S3 in both directions",
        origin="ours",
        title="Without KL the inverse deviation of the reward moves at most at the rate 1/4, in both directions",
        latex=r"\left|\frac{1}{\sigma_t} - \frac{1}{\sigma_0}\right| \le \frac{t}{4|S|},\quad"
        r" \sigma_t^2 = \mathrm{Var}_{\pi_{\theta(t)}}[r_{RM}]",
        subject=Subject.PATH,
        sides=_inverse_deviation(1.0),
        hypotheses=(VARIES, WITHOUT_KL),
        control=Control[PathInstance](
            "the rate 1/4 lowered by one per cent",
            _inverse_deviation(0.99),
            (VARIES, WITHOUT_KL),
            lambda: extremal_path(1e-3),
        ),
    ),
    Statement(
        id="objective-rises",
        number="Eq (4)",
        section="Section 2.2",
        title="The objective never decreases",
        origin="paper",
        latex=r"\phi(\theta(t)) \ge \phi(\theta(0))",
        subject=Subject.PATH,
        sides=_objective_sides,
        control=Control(
            "the ground-truth reward never decreases",
            _expected_sides(lambda i: i.problem.ground_truth_reward),
            (),
            _HACKED,
        ),
    ),
    Statement(
        id="proxy-rises",
        number="Eq (4)",
        section="Section 2.2",
        origin="paper",
        title="The proxy reward never falls below its start",
        latex=r"V_{RM}(\theta(t);x) \ge V_{RM}(\theta(0);x)",
        subject=Subject.PATH,
        sides=_expected_sides(lambda i: i.problem.proxy_reward),
        control=Control(
            "the probability of every output never falls below its start", _expected_sides(_is_last_output), (), _HACKED
        ),
    ),
)
"""Statements about paths, in the order of the ledger."""
