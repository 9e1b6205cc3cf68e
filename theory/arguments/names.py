"""The rule of every argument of a public function, by its name: one name stands for one thing everywhere.

A function whose argument of that name is something else says so where it is declared. Infinity is a number here where
a formula has a limit: a bound for an infinite time, or one divided by a variance of zero.
"""

from __future__ import annotations

import numpy as np

from theory.arguments.number_rules import between, counts, distribution, finite, log_distribution, positive_distribution
from theory.arguments.object_rules import (
    anything,
    are_contexts,
    are_parameters,
    is_key,
    is_policy,
    is_problem,
    numeric_leaves,
)
from theory.arguments.rules import Described, Numbers, Rule, Single, Subset, Untouched, Whole

REAL = Numbers(between(-np.inf, np.inf))
FINITE = Numbers(between(-np.inf, np.inf, infinite=False))
NONNEGATIVE = Numbers(between(0.0, np.inf))
FINITE_POSITIVE = Numbers(between(0.0, np.inf, open_at_least=True, infinite=False))
FINITE_NONNEGATIVE = Numbers(between(0.0, np.inf, infinite=False))
POSITIVE = Numbers(between(0.0, np.inf, open_at_least=True))
AT_LEAST_ONE = Numbers(between(1.0, np.inf))
PROBABILITY = Numbers(between(0.0, 1.0))

DISTRIBUTION = Numbers(distribution, per_output=True)
LOG_DISTRIBUTION = Numbers(log_distribution, per_output=True)
POSITIVE_DISTRIBUTION = Numbers(positive_distribution, per_output=True)
LOG_PROBABILITIES = Numbers(between(-np.inf, 0.0), per_output=True)
PER_OUTPUT = Numbers(finite, per_output=True)
REWARD = Numbers(finite, per_output=True, booleans=True)

POLICY = Described(is_policy)
PROBLEM = is_problem("theory.make_policy_problem", single=True)
PROBLEMS = is_problem("theory.make_policy_problem", single=False)
TABULAR_PROBLEM = is_problem("theory.make_problem", single=False)
ONE_TABULAR_PROBLEM = is_problem("theory.make_problem", single=True)
PARAMETERS = Described(are_parameters)
ARRAYS = Described(numeric_leaves)
MADE_HERE = Described(anything)

ARGUMENT_RULES: dict[str, Rule] = {
    # Distributions over outputs, and functions of the output.
    "probabilities": DISTRIBUTION,
    "log_policy": LOG_DISTRIBUTION,
    "log_reference": LOG_DISTRIBUTION,
    "logits": PER_OUTPUT,
    "values": REWARD,
    "first": REWARD,
    "second": REWARD,
    "reward": REWARD,
    "proxy_reward": REWARD,
    "ground_truth_reward": REWARD,
    "regularized_reward": PER_OUTPUT,
    "factors": PER_OUTPUT,
    "subset": Subset(),
    "members": Subset(),
    # One number per problem: rewards and what is made of them.
    "increase": NONNEGATIVE,
    "rise": NONNEGATIVE,
    "variance": NONNEGATIVE,
    "mean_square": NONNEGATIVE,
    "initial_variance": NONNEGATIVE,
    "kl_coefficient": FINITE_NONNEGATIVE,
    "initial_truth": FINITE,
    "best_truth": FINITE,
    "share": REAL,
    "margin": REAL,
    "largest_reward": REAL,
    "sharing_reward": REAL,
    "sharing_outputs": AT_LEAST_ONE,
    "inverse_reward_range": POSITIVE,
    "reward_range": NONNEGATIVE,
    "epsilon": NONNEGATIVE,
    # Probabilities, masses and sizes.
    "best_probability": PROBABILITY,
    "rewarded_probability": PROBABILITY,
    "winner_probability": PROBABILITY,
    "smallest_log_probability": Numbers(between(-np.inf, 0.0)),
    "log_inverse": NONNEGATIVE,
    "set_mass": PROBABILITY,
    "set_size": NONNEGATIVE,
    "mass": PROBABILITY,
    "bad_mass": PROBABILITY,
    "size": NONNEGATIVE,
    "remaining": REAL,
    "shortfall": POSITIVE,
    "span": REAL,
    "loss": REAL,
    "initial": PROBABILITY,
    "final": PROBABILITY,
    "samples": Numbers(counts),
    "group_size": AT_LEAST_ONE,
    # Time and parameter space.
    "elapsed": NONNEGATIVE,
    "elapsed_share": PROBABILITY,
    "prompts": POSITIVE,
    "rate": POSITIVE,
    "clock": FINITE,
    "height": FINITE,
    "room": NONNEGATIVE,
    "jacobian": NONNEGATIVE,
    "contrast": NONNEGATIVE,
    "fisher_norm": NONNEGATIVE,
    "mean_fisher_norm": FINITE_NONNEGATIVE,
    "score_norm": FINITE_NONNEGATIVE,
    "largest_advantage": FINITE_NONNEGATIVE,
    "length": AT_LEAST_ONE,
    "constant": Single(between(0.0, np.inf, open_at_least=True)),
    "outputs": Whole(2),
    # Objects.
    "policy": POLICY,
    "problem": PROBLEM,
    "parameters": PARAMETERS,
    "velocity": PARAMETERS,
    "vector": PARAMETERS,
    "key": Described(is_key),
    "contexts": Described(are_contexts),
    "self": Untouched(),
}
