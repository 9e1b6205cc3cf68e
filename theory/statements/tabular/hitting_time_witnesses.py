"""Instances that refute the controls of statements about `t_gamma`."""

from __future__ import annotations

from theory.instances.tabular import HittingTimeInstance
from theory.tabular.problem import make_problem


def _problem_instance(
    increase: float, policy: list[float], proxy: list[float], truth: list[float]
) -> HittingTimeInstance:
    problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth)
    return HittingTimeInstance(problem=problem, increase=increase)


def two_equal_outputs() -> HittingTimeInstance:
    """The extremal instance of S3: `pi0 = (1/2, 1/2)`, `r_RM = r_G = (1, -1)`, a small `gamma`."""
    return _problem_instance(1e-3, [0.5, 0.5], [1.0, -1.0], [1.0, -1.0])


def two_equal_outputs_narrow() -> HittingTimeInstance:
    """Two outputs of equal probability, `r_RM = (1/4, 0)`, `r_G = (1, -1)`, a small `gamma`."""
    return _problem_instance(1e-3, [0.5, 0.5], [0.25, 0.0], [1.0, -1.0])


def one_rewarded_output_of_half_the_mass() -> HittingTimeInstance:
    """The one rewarded output has half of the probability; another good one is rare."""
    return _problem_instance(1e-3, [0.5, 1e-6, 0.5 - 1e-6], [1.0, -1.0, -1.0], [1.0, 1.0, -1.0])


def barely_better_output() -> HittingTimeInstance:
    """The good output is rewarded hardly more than the bad one, which is likelier."""
    return _problem_instance(0.2, [0.1, 0.9], [1.0, 1.0 - 1e-6], [1.0, -1.0])


def heavily_regularized() -> HittingTimeInstance:
    """One output is rewarded, and the KL coefficient is 5."""
    problem = make_problem(
        initial_probabilities=[0.3, 0.3, 0.4],
        proxy_reward=[1.0, -1.0, -1.0],
        ground_truth_reward=[1.0, -1.0, -1.0],
        kl_coefficient=5.0,
    )
    return HittingTimeInstance(problem=problem, increase=0.5)


def bad_output_ranked_first() -> HittingTimeInstance:
    """The likeliest output is bad, and is rewarded more than the good one."""
    return _problem_instance(0.2, [0.1, 0.5, 0.4], [0.95, 1.0, -1.0], [1.0, -0.9, -1.0])


def bad_output_in_between() -> HittingTimeInstance:
    """The likeliest output is bad, and is rewarded nearly as highly as the rare good one."""
    return _problem_instance(0.2, [0.02, 0.5, 0.48], [1.0, 0.95, -1.0], [1.0, -1.0, -1.0])


def one_rewarded_of_two() -> HittingTimeInstance:
    """An instance at which S-T6 is attained: the other output is worth -1, and there is no KL term."""
    return _problem_instance(0.5, [0.3, 0.7], [1.0, -1.0], [1.0, -1.0])
