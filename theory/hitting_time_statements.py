"""The register, part one: every statement about `t_gamma` for a tabular policy."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from theory import bounds
from theory import proposition4_set as good_sets
from theory.arrays import AnyArray, Scalars
from theory.instance import Instance, needed
from theory.moments import advantage, expectation, variance
from theory.problem import make_problem
from theory.statement import Control, Direction, Hypothesis, Sides, Statement, Subject
from theory.tabular_policy import log_probabilities

Bound = Callable[[Instance], Scalars]


def _policy(instance: Instance) -> AnyArray:
    return jnp.exp(log_probabilities(instance.problem.initial_logits))


def _smallest_log_probability(instance: Instance) -> AnyArray:
    return jnp.min(log_probabilities(instance.problem.initial_logits), axis=-1)


def _reward_variance(instance: Instance) -> AnyArray:
    return variance(_policy(instance), instance.problem.proxy_reward)


def _initial_truth(instance: Instance) -> AnyArray:
    return expectation(_policy(instance), instance.problem.ground_truth_reward)


def _truth_advantage(instance: Instance) -> AnyArray:
    """`r_G - V_G(0)`, in which the hypotheses compare: the difference of nearly equal rewards would lose its digits."""
    return advantage(_policy(instance), instance.problem.ground_truth_reward)


def _at(values: AnyArray, index: AnyArray) -> AnyArray:
    return jnp.take_along_axis(values, index[..., None], axis=-1)[..., 0]


def _best_output(instance: Instance) -> AnyArray:
    """The output that the reward model ranks first: `y_g` of Theorems 5 and 6."""
    return jnp.argmax(instance.problem.proxy_reward, axis=-1)


def _is_best(instance: Instance) -> AnyArray:
    proxy = instance.problem.proxy_reward
    return jnp.broadcast_to(jnp.arange(proxy.shape[-1]), proxy.shape) == _best_output(instance)[..., None]


def _best_probability(instance: Instance) -> AnyArray:
    return _at(_policy(instance), _best_output(instance))


def _best_share(instance: Instance) -> Scalars:
    best_truth = _at(instance.problem.ground_truth_reward, _best_output(instance))
    return bounds.required_share(needed(instance.increase), _initial_truth(instance), best_truth)


def _reward_range(instance: Instance) -> AnyArray:
    proxy = instance.problem.proxy_reward
    return jnp.max(proxy, axis=-1) - jnp.min(proxy, axis=-1)


def lower_bound_sides(bound: Bound) -> Callable[[Instance], Sides]:
    """The sides of `t_gamma >= bound`."""

    def sides(instance: Instance) -> Sides:
        value = bound(instance)
        return Sides(value, needed(instance.hitting_time), value)

    return sides


def upper_bound_sides(bound: Bound) -> Callable[[Instance], Sides]:
    """The sides of `t_gamma <= bound`."""

    def sides(instance: Instance) -> Sides:
        value = bound(instance)
        return Sides(needed(instance.hitting_time), value, value)

    return sides


def _scaled(bound: Bound, factor: float) -> Bound:
    return lambda instance: factor * bound(instance)


def _without(hypotheses: tuple[Hypothesis, ...], dropped: str) -> tuple[Hypothesis, ...]:
    return tuple(h for h in hypotheses if h.name != dropped)


def proposition_3_bound(instance: Instance) -> Scalars:
    """Proposition 3's lower bound on the instance, shape `(*batch)`."""
    return bounds.proposition_3(needed(instance.increase), _reward_variance(instance), instance.problem.prompts)


def sharpened_proposition_3_bound(instance: Instance) -> Scalars:
    """S3's lower bound on the instance, shape `(*batch)`."""
    return bounds.sharpened_proposition_3(
        needed(instance.increase), _reward_variance(instance), instance.problem.prompts
    )


def theorem_5_slow_bound(instance: Instance) -> Scalars:
    """Theorem 5's lower bound with `1/T` the range of the reward model, shape `(*batch)`."""
    return bounds.theorem_5_slow(needed(instance.increase), 1 / _reward_range(instance), instance.problem.prompts)


def sharpened_theorem_5_slow_bound(instance: Instance) -> Scalars:
    """Our lower bound with `1/T` the range of the reward model, shape `(*batch)`."""
    return bounds.sharpened_theorem_5_slow(
        needed(instance.increase), 1 / _reward_range(instance), instance.problem.prompts
    )


def theorem_5_fast_bound(instance: Instance) -> Scalars:
    """Theorem 5's upper bound with `y_g` the output that the reward model ranks first, shape `(*batch)`."""
    return bounds.theorem_5_fast(_best_share(instance), _best_probability(instance), instance.problem.prompts)


def theorem_6_fast_bound(instance: Instance) -> Scalars:
    """Theorem 6's upper bound with `c = pi0(y_g)`, shape `(*batch)`."""
    return bounds.theorem_6_fast(_best_share(instance), _best_probability(instance), instance.problem.prompts)


def theorem_6_slow_bound(instance: Instance) -> Scalars:
    """Theorem 6's lower bound with `T = pi0(y'_g)^(-1/2)`, shape `(*batch)`."""
    return bounds.theorem_6_slow(needed(instance.increase), _best_probability(instance), instance.problem.prompts)


def sharpened_theorem_6_slow_bound(instance: Instance) -> Scalars:
    """Our lower bound for a reward model that rewards one output only, shape `(*batch)`."""
    return bounds.sharpened_theorem_6_slow(
        needed(instance.increase), _best_probability(instance), instance.problem.prompts
    )


def _good_set(instance: Instance) -> good_sets.GoodSet:
    problem, policy = instance.problem, _policy(instance)
    members = good_sets.choose_good_set(
        policy,
        problem.proxy_reward,
        problem.ground_truth_reward,
        needed(instance.increase),
        problem.kl_coefficient,
        _smallest_log_probability(instance),
    )
    return good_sets.describe_good_set(
        policy, problem.proxy_reward, problem.ground_truth_reward, needed(instance.increase), members
    )


def proposition_4_bound(instance: Instance) -> Scalars:
    """Proposition 4's upper bound for the set that `choose_good_set` picks, shape `(*batch)`."""
    good = _good_set(instance)
    return bounds.proposition_4(good.share, good.margin, good.mass, good.size, instance.problem.prompts)


def _proposition_4_kl_limit(instance: Instance) -> Scalars:
    good = _good_set(instance)
    return bounds.proposition_4_kl_limit(
        good.share, good.margin, good.mass, good.size, _smallest_log_probability(instance)
    )


def _proposition_4_mass_limit(instance: Instance) -> Scalars:
    good = _good_set(instance)
    return bounds.proposition_4_mass_limit(good.share, good.margin, good.mass, good.size)


VARIES = Hypothesis("reward-varies", r"\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM}] > 0", lambda i: _reward_range(i) > 0)
INSIDE_UNIT_RANGE = Hypothesis(
    "narrow-rewards",
    r"\max r_{RM} - \min r_{RM} \le 1/T,\ T \ge 1",
    lambda i: (_reward_range(i) > 0) & (_reward_range(i) <= 1),
)
BEST_IS_GOOD = Hypothesis(
    "best-output-is-good",
    r"r_G(x, y_\gamma) > V_G(\theta(0); x) + \gamma,\ y_\gamma = \mathrm{argmax}\, r_{RM}",
    lambda i: _at(_truth_advantage(i), _best_output(i)) > needed(i.increase),
)


def _best_stands_out(instance: Instance) -> AnyArray:
    proxy = instance.problem.proxy_reward
    gap = jnp.max(proxy, axis=-1, keepdims=True) - proxy
    probability = _best_probability(instance)[..., None]
    return jnp.all(_is_best(instance) | ((gap > 1 - probability) & (gap < 1)), axis=-1)


BEST_STANDS_OUT = Hypothesis(
    "best-output-stands-out",
    r"r_{RM}(y_\gamma) - r_{RM}(y) \in (1 - \pi_{\theta(0)}(y_\gamma), 1)\ \text{for all other } y",
    _best_stands_out,
)
THEOREM_5_KL = Hypothesis(
    "small-kl-coefficient",
    r"\lambda \le \pi_{\theta(0)}(y_\gamma)(1-\rho)^4 / (8(1/(2e) - 2\ln\min\pi_{\theta(0)}))",
    lambda i: (
        jnp.asarray(i.problem.kl_coefficient)
        <= bounds.theorem_5_fast_kl_limit(_best_share(i), _best_probability(i), _smallest_log_probability(i))
    ),
)


def _one_output_rewarded(instance: Instance) -> AnyArray:
    proxy = instance.problem.proxy_reward
    return (jnp.sum(proxy == 1, axis=-1) == 1) & (jnp.sum(proxy == -1, axis=-1) == proxy.shape[-1] - 1)


ONE_REWARDED = Hypothesis(
    "one-output-rewarded", r"r_{RM} = +1 \text{ on one output}, -1 \text{ elsewhere}", _one_output_rewarded
)
THEOREM_6_KL = Hypothesis(
    "small-kl-coefficient",
    r"\lambda \le c(1-\rho)^3 / (16(1/(2e) - 2\ln\min\pi_{\theta(0)})),\ c = \pi_{\theta(0)}(y_\gamma)",
    lambda i: (
        jnp.asarray(i.problem.kl_coefficient)
        <= bounds.theorem_6_fast_kl_limit(_best_share(i), _best_probability(i), _smallest_log_probability(i))
    ),
)


def _another_output_is_good(instance: Instance) -> AnyArray:
    good = _truth_advantage(instance) > jnp.asarray(needed(instance.increase))[..., None]
    return jnp.any(~_is_best(instance) & good, axis=-1)


TWO_GOOD = Hypothesis(
    "two-good-outputs",
    r"r_G(y_\gamma), r_G(y'_\gamma) > V_G(\theta(0); x) + \gamma,\ y'_\gamma = \mathrm{argmax}\, r_{RM} \ne y_\gamma",
    lambda i: BEST_IS_GOOD.holds(i) & _another_output_is_good(i),
)
GOOD_SET = Hypothesis(
    "good-set",
    r"Y^+ \ne \emptyset,\ r_G > V_G + \gamma,\ r_{RM} > V_{RM} \text{ on } Y^+",
    lambda i: _good_set(i).valid,
)
POSITIVE_MARGIN = Hypothesis("positive-margin", r"\delta > 0", lambda i: jnp.asarray(_good_set(i).margin) > 0)
PROPOSITION_4_KL = Hypothesis(
    "small-kl-coefficient",
    r"\lambda \le \pi_{\theta(0)}(Y^+)(1-\rho)\delta / (8|Y^+|(2\ln(1/\min\pi_{\theta(0)}) + 1/(2e)))",
    lambda i: jnp.asarray(i.problem.kl_coefficient) <= _proposition_4_kl_limit(i),
)
PROPOSITION_4_MASS = Hypothesis(
    "small-bad-mass",
    r"\pi_{\theta(0)}(Y_{bad}) \le \pi_{\theta(0)}(Y^+)^2 (1-\rho)\delta/(16|Y^+|)"
    r" \exp(-20|Y^+|/((1-\rho)\delta)(1/\pi_{\theta(0)}(Y^+) - 1/\rho))",
    lambda i: jnp.asarray(_good_set(i).bad_mass) <= _proposition_4_mass_limit(i),
)
THEOREM_5_FAST_HYPOTHESES = (BEST_IS_GOOD, BEST_STANDS_OUT, THEOREM_5_KL)
THEOREM_6_FAST_HYPOTHESES = (ONE_REWARDED, BEST_IS_GOOD, THEOREM_6_KL)
THEOREM_6_SLOW_HYPOTHESES = (ONE_REWARDED, TWO_GOOD)
PROPOSITION_4_HYPOTHESES = (GOOD_SET, POSITIVE_MARGIN, PROPOSITION_4_KL, PROPOSITION_4_MASS)


def _problem_instance(increase: float, policy: list[float], proxy: list[float], truth: list[float]) -> Instance:
    problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth)
    return Instance(problem=problem, increase=increase)


def two_equal_outputs() -> Instance:
    """The extremal instance of S3: `pi0 = (1/2, 1/2)`, `r_RM = r_G = (1, -1)`, a small `gamma`."""
    return _problem_instance(1e-3, [0.5, 0.5], [1.0, -1.0], [1.0, -1.0])


def _two_equal_outputs_narrow() -> Instance:
    return _problem_instance(1e-3, [0.5, 0.5], [0.25, 0.0], [1.0, -1.0])


def _one_rewarded_output_of_half_the_mass() -> Instance:
    return _problem_instance(1e-3, [0.5, 1e-6, 0.5 - 1e-6], [1.0, -1.0, -1.0], [1.0, 1.0, -1.0])


def _barely_better_output() -> Instance:
    return _problem_instance(0.2, [0.1, 0.9], [1.0, 1.0 - 1e-6], [1.0, -1.0])


def _heavily_regularized() -> Instance:
    problem = make_problem(
        initial_probabilities=[0.3, 0.3, 0.4],
        proxy_reward=[1.0, -1.0, -1.0],
        ground_truth_reward=[1.0, -1.0, -1.0],
        kl_coefficient=5.0,
    )
    return Instance(problem=problem, increase=0.5)


def _bad_output_ranked_first() -> Instance:
    return _problem_instance(0.2, [0.1, 0.5, 0.4], [0.95, 1.0, -1.0], [1.0, -0.9, -1.0])


def _time_statement(
    id: str,
    number: str,
    title: str,
    latex: str,
    bound: Bound,
    hypotheses: tuple[Hypothesis, ...],
    control: Control,
    *,
    section: str,
    direction: Direction = Direction.LOWER,
    origin: str = "paper",
) -> Statement:
    sides = lower_bound_sides(bound) if direction is Direction.LOWER else upper_bound_sides(bound)
    return Statement(
        id=id, number=number, section=section, title=title, origin=origin, latex=latex, subject=Subject.HITTING_TIME,
        sides=sides, control=control, hypotheses=hypotheses, direction=direction,
    )  # fmt: skip


def _stronger(
    description: str,
    bound: Bound,
    factor: float,
    hypotheses: tuple[Hypothesis, ...],
    witness: Callable[[], Instance],
) -> Control:
    return Control(description, lower_bound_sides(_scaled(bound, factor)), hypotheses, witness)


HITTING_TIME_STATEMENTS = (
    _time_statement(
        "prop3", "Proposition 3", "Low reward variance is slow (tabular)",
        r"t_\gamma \ge 2|S|(1-e^{-\gamma/2}) / \sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]}",
        proposition_3_bound, (VARIES,),
        _stronger("the constant 2 raised to 4.02 (4 is the best possible)", proposition_3_bound, 2.01, (VARIES,),
                  two_equal_outputs),
        section="Section 3, Appendix C",
    ),
    _time_statement(
        "s3", "S3", "Proposition 3 with the best constant",
        r"t_\gamma \ge 4|S|(1-e^{-\gamma/2}) / \sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]}",
        sharpened_proposition_3_bound, (VARIES,),
        _stronger("the constant 4 raised to 4.02", sharpened_proposition_3_bound, 1.005, (VARIES,), two_equal_outputs),
        section="ours, sharpens Proposition 3", origin="ours",
    ),
    _time_statement(
        "thm5-slow", "Theorem 5", "An accurate model of narrow range is slow (abridged: Theorem 2)",
        r"t_\gamma \ge 2|S|(1-e^{-\gamma/2})\,T",
        theorem_5_slow_bound, (INSIDE_UNIT_RANGE,),
        _stronger("the constant 2 raised to 8.04", theorem_5_slow_bound, 4.02, (INSIDE_UNIT_RANGE,),
                  _two_equal_outputs_narrow),
        section="Section 3, Appendix C",
    ),
    _time_statement(
        "s-thm5", "S-T5", "Theorem 5's slow part with the best constant",
        r"t_\gamma \ge 8|S|(1-e^{-\gamma/2})\,T",
        sharpened_theorem_5_slow_bound, (INSIDE_UNIT_RANGE,),
        _stronger("the constant 8 raised to 8.04", sharpened_theorem_5_slow_bound, 1.005, (INSIDE_UNIT_RANGE,),
                  _two_equal_outputs_narrow),
        section="ours, sharpens Theorem 5", origin="ours",
    ),
    _time_statement(
        "thm5-fast", "Theorem 5", "A less accurate model can be fast (abridged: Theorem 2)",
        r"t_\gamma \le \frac{4|S|}{(1-\rho)^4}\left(\frac{1}{\pi_{\theta(0)}(y_\gamma)} - \frac{1}{\rho}\right)",
        theorem_5_fast_bound, THEOREM_5_FAST_HYPOTHESES,
        Control("other outputs may be rewarded almost as highly as the best one",
                upper_bound_sides(theorem_5_fast_bound),
                _without(THEOREM_5_FAST_HYPOTHESES, "best-output-stands-out"), _barely_better_output),
        section="Section 3, Appendix C", direction=Direction.UPPER,
    ),
    _time_statement(
        "thm6-fast", "Theorem 6", "The reward model that suits the policy is fast (abridged: Theorem 3)",
        r"t_\gamma \le \frac{2|S|}{(1-\rho)^3}\left(\frac{1}{c} - \frac{1}{\rho}\right)",
        theorem_6_fast_bound, THEOREM_6_FAST_HYPOTHESES,
        Control("any KL coefficient is allowed", upper_bound_sides(theorem_6_fast_bound),
                _without(THEOREM_6_FAST_HYPOTHESES, "small-kl-coefficient"), _heavily_regularized),
        section="Section 3, Appendix C", direction=Direction.UPPER,
    ),
    _time_statement(
        "thm6-slow", "Theorem 6", "The reward model that does not suit the policy is slow (abridged: Theorem 3)",
        r"t_\gamma \ge \frac{|S|}{\sqrt 2}(1-e^{-\gamma/2})\,T,\quad T = \pi_{\theta(0)}(y'_\gamma)^{-1/2}",
        theorem_6_slow_bound, THEOREM_6_SLOW_HYPOTHESES,
        _stronger("the constant 1/sqrt(2) raised to 2.9", theorem_6_slow_bound, 2.9 * 2**0.5,
                  THEOREM_6_SLOW_HYPOTHESES, _one_rewarded_output_of_half_the_mass),
        section="Section 3, Appendix C",
    ),
    _time_statement(
        "s-thm6", "S-T6", "Theorem 6's slow part with the best constant",
        r"t_\gamma \ge 2|S|(1-e^{-\gamma/2}) / \sqrt{q(1-q)},\quad q = \pi_{\theta(0)}(y'_\gamma)",
        sharpened_theorem_6_slow_bound, THEOREM_6_SLOW_HYPOTHESES,
        _stronger("the constant 2 raised to 2.01", sharpened_theorem_6_slow_bound, 1.005,
                  THEOREM_6_SLOW_HYPOTHESES, _one_rewarded_output_of_half_the_mass),
        section="ours, sharpens Theorem 6", origin="ours",
    ),
    _time_statement(
        "prop4", "Proposition 4", "When a reward model is fast",
        r"t_\gamma \le \frac{4|S||Y^+|}{(1-\rho)\delta}\left(\frac{1}{\pi_{\theta(0)}(Y^+)} - \frac{1}{\rho}\right)",
        proposition_4_bound, PROPOSITION_4_HYPOTHESES,
        Control("bad outputs of any probability may be rewarded", upper_bound_sides(proposition_4_bound),
                _without(PROPOSITION_4_HYPOTHESES, "small-bad-mass"), _bad_output_ranked_first),
        section="Appendix C", direction=Direction.UPPER,
    ),
)  # fmt: skip
"""Statements about `t_gamma`, in the order of the ledger."""
