"""The same tabular problems twice: in parameter space, and as the exact solver takes them."""

from __future__ import annotations

import numpy as np

from theory.parameter_space.problem import PolicyProblem, make_policy_problem, stack_policy_problems
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.tabular.problem import Problem, make_problem, stack_problems


def tables(count: int, seed: int = 0, size: float = 1.0) -> tuple[PolicyProblem, Problem]:
    """Four outputs; the proxy reward is of that size; every other problem has a KL coefficient."""
    rng = np.random.default_rng(seed)
    policy = TabularPerPrefixPolicy(1, 4, 1)
    parametric, tabular = [], []
    for k in range(count):
        logits, proxy, truth = rng.standard_normal(4), size * rng.uniform(-1, 1, 4), rng.uniform(-0.9, 0.9, 4)
        truth[np.argmax(proxy)] = 1.0
        common = {
            "proxy_reward": proxy,
            "ground_truth_reward": truth,
            "kl_coefficient": 0.1 * np.ptp(proxy) * (k % 2),
        }
        parametric.append(make_policy_problem(policy, logits[None, None], **common))
        tabular.append(make_problem(initial_logits=logits, **common))
    return stack_policy_problems(parametric), stack_problems(tabular)
