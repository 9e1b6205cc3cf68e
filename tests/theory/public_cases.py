"""One good call of every public function of `theory`: what the tests of precision and of bad input start from."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import theory
from theory.policies import (
    LogLinearPolicy,
    MultilayerPerceptronPolicy,
    TabularPerPrefixPolicy,
    TransformerPolicy,
    enumerate_contexts,
)
from theory.policies.policy import Policy

ELSEWHERE = {
    "theory.arguments.checking": "the mechanism itself",
    "theory.estimators.best_of_k": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.blocks": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.bootstrap": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.group_moments": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.grouped_rewards": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.largest_variance": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.no_signal": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.pairs": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.ranking_accuracy": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.ranks": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.resampling": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.reward_variance": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.estimators.truth_classes": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.comparison.measures": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.comparison.relative_flatness": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.comparison.several_rewards": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.comparison.teachers": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.comparison.trainer_conventions": "of scored completions, in NumPy, with tests of refusals of their own",
    "theory.arguments.rules": "the rules themselves",
    "theory.arguments.number_rules": "the rules themselves",
    "theory.arguments.object_rules": "the rules themselves",
    "theory.arguments.shape_rules": "the rules themselves",
    "theory.instances.runs": "functions of an instance, reached through the register",
    "theory.statements.runs": "sides of statements, reached through the register",
    "theory.statements.pathwise": "sides of statements, reached through the register",
    "theory.statements.best_of_n": "sides of statements, reached through the register",
    "theory.arguments.checks": "the checks themselves",
    "theory.instances.other_reference": "functions of an instance, reached through the register",
    "theory.instances.upper_bounds": "functions of an instance, reached through the register",
    "theory.instances.group_sides": "functions of an instance, reached through the register",
    "theory.instances.sampled_groups": "functions of an instance, reached through the register",
    "theory.statements.sampled_groups": "sides of statements, reached through the register",
    "theory.origins": "names of papers, with tests of refusals of their own",
    "theory.statements.flow_facts": "sides of statements, reached through the register",
    "theory.statements.parametric_paths": "sides of statements, reached through the register",
    "theory.statements.parametric_policies": "sides of statements, reached through the register",
    "theory.statements.parametric_hitting_times": "sides of statements, reached through the register",
    "theory.instances.lower_bounds": "functions of an instance, reached through the register",
    "theory.statements.tabular.hitting_time_hypotheses": "functions of an instance, reached through the register",
    "theory.instances.hypothesis_margins": "functions of an instance, reached through the register",
    "theory.statements.tabular.hitting_time_sides": "sides of statements, reached through the register",
    "theory.statements.tabular.hitting_time_witnesses": "witnesses of controls, reached through the register",
    "theory.statements.tabular.other_reference": "witnesses of controls, reached through the register",
    "theory.arguments.index_checks": "the checks themselves",
    "theory.parameter_space.lanczos_bounds": "steps of largest_eigenvalue, in its precision",
    "theory.instances.tabular": "functions of an instance, reached through the register",
    "theory.accuracy.order_construction": "steps of order_with_accuracy, of ranks that it has checked",
    "theory.accuracy.order_search": "steps of order_with_accuracy, of ranks that it has checked",
    "theory.statements.tabular.paths": "sides of statements, reached through the register",
    "theory.arguments.parameter_check": "the checks themselves",
    "theory.statements.tabular.policy_sides": "sides of statements, reached through the register",
    "theory.arguments.precision": "the mechanism itself",
    "theory.constructions.reward_levels": "steps of the constructions of Theorem 5, of ranks that they have checked",
    "theory.parameter_space.spectral_estimate": "has the precision of the arrays that its operator acts on",
    "theory.statement": "functions of an instance, reached through the register",
    "theory.estimators.scores.draws": "the checks themselves, and parts of a matrix",
    "theory.estimators.scores.intervals": "of NumPy's float64 only; what it refuses is tried beside it",
    "theory.estimators.scores.mean_reward_variance": "of NumPy's float64 only; what it refuses is tried beside it",
    "theory.estimators.scores.squared_gradient_norm": "of NumPy's float64 only; what it refuses is tried beside it",
    "theory.estimators.scores.fisher_norm": "of NumPy's float64 only; what it refuses is tried beside it",
    "theory.accuracy.weak_orders": "steps of attainable_accuracies, of ranks that it has checked",
}
"""Modules whose public functions are not tried one by one, and why."""

POLICY = TabularPerPrefixPolicy(2, 3, 1)
TABLE = np.random.default_rng(5).standard_normal((2, 1, 3))
PROBABILITIES = np.array([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]])
LOGITS = np.random.default_rng(0).standard_normal((2, 3))
LOG_POLICY = LOGITS - np.log(np.exp(LOGITS).sum(axis=-1, keepdims=True))
PROXY = np.random.default_rng(1).uniform(-1, 1, (2, 3))
TRUTH = np.random.default_rng(2).uniform(-1, 1, (2, 3))


def policy_problem() -> theory.PolicyProblem:
    return theory.make_policy_problem(POLICY, TABLE, proxy_reward=PROXY, ground_truth_reward=TRUTH, kl_coefficient=0.07)


def problem() -> theory.Problem:
    return theory.make_problem(
        initial_probabilities=PROBABILITIES[0], proxy_reward=PROXY[0], ground_truth_reward=TRUTH[0]
    )


def _pair(first: float, second: float) -> np.ndarray:
    return np.array([first, second])


VALUES: dict[str, Any] = {
    "probabilities": PROBABILITIES,
    "log_policy": LOG_POLICY,
    "log_reference": np.log(PROBABILITIES),
    "logits": LOGITS,
    "values": PROXY,
    "first": PROXY,
    "second": TRUTH,
    "reward": TRUTH,
    "proxy_reward": PROXY,
    "ground_truth_reward": TRUTH,
    "regularized_reward": PROXY,
    "factors": 1 + PROBABILITIES,
    "subset": np.array([[True, False, True], [False, True, False]]),
    "members": np.array([[True, False, True], [False, True, False]]),
    "increase": _pair(0.1, 1.3),
    "rise": _pair(0.1, 1.7),
    "variance": _pair(1e-7, 0.3),
    "mean_square": _pair(1e-7, 0.3),
    "initial_variance": _pair(1e-7, 0.3),
    "kl_coefficient": _pair(0.1, 0.7),
    "initial_truth": _pair(-0.1, 0.3),
    "best_truth": _pair(0.7, 0.9),
    "share": _pair(0.6, 0.7),
    "margin": _pair(0.1, 1.1),
    "largest_reward": _pair(0.7, 1.3),
    "sharing_reward": _pair(0.3, -0.1),
    "sharing_outputs": _pair(1.0, 2.0),
    "winner_probability": _pair(0.3, 0.4),
    "inverse_reward_range": _pair(1.1, 7.3),
    "reward_range": _pair(0.7, 1.3),
    "epsilon": _pair(0.1, 1e-4),
    "best_probability": _pair(0.1, 0.3),
    "rewarded_probability": _pair(0.1, 0.3),
    "smallest_log_probability": _pair(-7.1, -2.3),
    "log_inverse": _pair(7.1, 2.3),
    "set_mass": _pair(0.1, 0.3),
    "set_size": _pair(1.0, 2.0),
    "mass": _pair(0.1, 0.3),
    "bad_mass": _pair(1e-7, 0.1),
    "size": _pair(1.0, 2.0),
    "remaining": _pair(0.1, 0.3),
    "shortfall": _pair(0.1, 0.3),
    "span": _pair(1.1, 70.3),
    "loss": _pair(0.1, 0.3),
    "initial": _pair(0.01, 0.1),
    "final": _pair(0.1, 0.9),
    "samples": np.array([3, 7]),
    "group_size": _pair(2.0, 8.0),
    "elapsed": _pair(0.1, 1.3),
    "elapsed_share": _pair(0.1, 0.3),
    "prompts": _pair(1.0, 7.0),
    "rate": _pair(0.1, 1.3),
    "clock": _pair(0.1, 0.3),
    "height": _pair(0.1, 0.3),
    "room": _pair(0.7, 1.9),
    "jacobian": _pair(0.7, 1.3),
    "contrast": _pair(0.7, 1.3),
    "fisher_norm": _pair(0.7, 1.3),
    "mean_fisher_norm": _pair(0.3, 1.1),
    "score_norm": _pair(0.7, 2.3),
    "largest_advantage": _pair(0.3, 1.9),
    "length": _pair(1.0, 3.0),
    "constant": 0.5,
    "outputs": 3,
    "policy": POLICY,
    "parameters": TABLE,
    "problem": policy_problem(),
    "velocity": TABLE[::-1].copy(),
    "vector": TABLE[::-1].copy(),
    "key": jax.random.key(3),
    "contexts": enumerate_contexts(2, 3, 1),
    "tree": {"a": TABLE, "b": LOGITS},
    "grams": np.array([np.eye(3) + 0.1, np.eye(3) - 0.07]),
    "prompt_weights": _pair(0.3, 0.7),
    "tolerance": 0.01,
    "failure_probability": 1e-6,
    "most_products": 12,
    "prompt": 1,
    "context": 1,
    "tokens": np.array([[2], [0]]),
    "delta": 1e-3,
    "largest": _pair(0.7, 1.3),
    "products": _pair(3.0, 5.0),
    "ritz": np.array([0.9, 0.3, 0.1]),
    "lengths": np.array([0.3, 0.2, 0.1]),
    "used": np.array([True, True, True]),
    "vocabulary": 3,
    "initial_probabilities": PROBABILITIES,
    "random": np.random.default_rng(7),
    "ranks": np.array([[0, 1, 2], [2, 0, 1]]),
    "best_output": np.array([2, 0]),
    "initial_probability": _pair(0.1, 0.3),
    "final_probability": _pair(0.4, 0.9),
    "accuracy": 0.5,
    "pair_distribution": np.triu(np.full((3, 3), 1 / 3), 1),
    "probability": _pair(0.1, 0.3),
    "gap": _pair(0.7, 1.3),
    "rewarded_output": np.array([1, 0]),
    "favoured_output": np.array([0, 0]),
    "other_output": np.array([1, 1]),
    "inverse_root_mass": _pair(3.0, 4.0),
    "favoured_mass": _pair(0.1, 0.1),
    "id": "s3",
    "ids": ["s3"],
    "record": {"initial_probabilities": [0.4, 0.6], "proxy_reward": [0, 1], "ground_truth_reward": [0.1, 0.7]},
    "known": ["s3", "s4"],
    "problems": [problem(), problem()],
}
"""A good value of every argument, by its name: two problems of three outputs."""

_THREE = np.array([[0.9, 0.8, -0.7], [0.9, 0.8, -0.7]])
_OF_THEOREM_5 = {
    "initial_probabilities": PROBABILITIES[0],
    "ground_truth_reward": np.array([0.1, -0.3, 0.9]),
    "increase": 0.1,
    "inverse_reward_range": 7.3,
    "best_output": 2,
}
OWN: dict[str, dict[str, Any]] = {
    "theory.bounds.lemmas.lemma_8_sides": {"policy": PROBABILITIES},
    "theory.bounds.lemmas.variance_rate": {"policy": PROBABILITIES},
    "theory.bounds.lemmas.value_rate": {"policy": PROBABILITIES},
    "theory.bounds.good_set.describe_good_set": {"policy": PROBABILITIES},
    "theory.bounds.good_set.choose_good_set": {"policy": PROBABILITIES},
    "theory.bounds.upper_bounds.one_rewarded_margin": {"outputs": 7.0},
    "theory.parameter_space.jacobian_norms.norms_of_grams": {"prompts": 2},
    "theory.policies.policy.sequence_logits": {"prompt": np.array([1, 0])},
    "theory.policies.policy.sequence_log_probabilities": {"prompt": np.array([1, 0])},
    "theory.policies.contexts.contexts_of_sequences": {"prompt": np.array([1, 0])},
    "theory.policies.contexts.enumerate_contexts": {"prompts": 2, "length": 1},
    "theory.policies.contexts.check_enumerable": {"prompts": 2, "length": 1},
    "theory.policies.contexts.prefix_count": {"length": 2},
    "theory.policies.log_linear.log_linear_policy": {"features": np.random.default_rng(4).standard_normal((2, 3, 4))},
    "theory.tabular.exact_solutions.one_against_equals_time": {"prompts": 7.0},
    "theory.tabular.exact_solutions.one_against_equals_policy": {"initial_probability": 0.1},
    "theory.parameter_space.matrix_free_norms.estimate_squared_norm": {
        "function": lambda tree: jax.tree.map(jnp.sin, tree)
    },
    "theory.bounds.standardised_updates.expected_update_size": {"group_size": 4, "epsilon": 0.1},
    "theory.instances.parametric.measure_state": {},
    "theory.accuracy.attainable.attainable_accuracies": {"ground_truth_reward": TRUTH[0], "first": 1},
    "theory.accuracy.attainable.order_with_accuracy": {"ground_truth_reward": TRUTH[0], "first": None, "seed": 3},
    "theory.tabular.problem.make_problem": {
        "initial_logits": None,
        "prompts": np.array([1, 7]),
    },
    "theory.tabular.problem.stack_problems": {},
    "theory.tabular.problem_record.name_from_record": {"record": {"name": "mine"}},
    "theory.tabular.padding.is_output": {"problem": problem()},
    "theory.tabular.padding.pad_outputs": {"problem": problem(), "outputs": 8},
    "theory.tabular.padding.shared_outputs": {"outputs": 5},
    "theory.tabular.padding.batches_of_shared_size": {"problems": [problem(), problem()]},
    "theory.tabular.problem_record.problem_to_record": {"problem": problem(), "increase": 0.1},
    "theory.parameter_space.problem.make_policy_problem": {
        "kl_coefficient": 0.1,
        "log_reference": np.log(PROBABILITIES),
    },
    "theory.parameter_space.problem.stack_policy_problems": {"problems": [policy_problem(), policy_problem()]},
    "theory.constructions.theorem5.theorem5_slow_rewards": {},
    "theory.constructions.theorem5.theorem5_fast_rewards": {},
    "theory.constructions.theorem5.theorem2_rankings": {},
    "theory.constructions.theorem5.theorem5_teachers_from_ranks": {
        **_OF_THEOREM_5,
        "slow_ranks": np.array([0, 1, 2]),
        "fast_ranks": np.array([1, 0, 2]),
    },
    "theory.constructions.theorem5.theorem5_teachers": {
        **_OF_THEOREM_5,
        "slow_accuracy": 1.0,
        "fast_accuracy": 2 / 3,
        "pair_distribution": None,
        "seed": 3,
    },
    "theory.constructions.theorem6.theorem6_policies": {
        "ground_truth_reward": _THREE,
        "initial_truth": _pair(-0.3, -0.3),
        "increase": _pair(0.3, 0.3),
        "favoured_fraction": _pair(0.3, 0.3),
        "other_fraction": _pair(0.3, 0.3),
        "weight_spread": 1.0,
    },
    "theory.statements.register.full_form": {"id": "thm1"},
    "theory.statements.register.statements_of_paper": {"paper": "2504.13818"},
    "theory.statements.problem_bounds.bounds_on": {"problem": problem(), "increase": 0.1, "hitting_time": 3.0},
}
"""Arguments of single functions that differ from `VALUES`."""

NOT_TRIED = {
    "theory.compilation.compiled_sooner": "compiles, and computes nothing",
    "theory.errors.did_you_mean": "names, which are compared as they are; computes nothing",
    "theory.compilation.compiled_for_a_thread": "compiles, and computes nothing",
    "theory.compilation.compiled_for_one_run": "compiles, and computes nothing",
    "theory.bounds.good_set.mass_left_out": "a step of choosing a good set",
    "theory.bounds.good_set.hypotheses_hold": "takes what describe_good_set gives",
    "theory.parameter_space.problem.at_parameters": "computes nothing",
    "theory.policies.policy.outputs": "computes nothing",
    "theory.statements.register.unknown_statement": "makes the error itself",
    "theory.tabular.best_of_n.check_best_of_n": "the checks themselves",
    "theory.policies.contexts.prefix_count": "two integers that check_enumerable has seen",
    "theory.statements.register.full_form": "one word",
    "theory.statements.problem_bounds.problem_bounds": "takes arrays that hitting_times and bounds_on have checked",
}
"""Single functions without a case, and why."""

METHODS: list[Policy] = [
    TabularPerPrefixPolicy(2, 3, 1),
    MultilayerPerceptronPolicy(2, 3, 1, width=4),
    TransformerPolicy(2, 3, 1, width=4),
    LogLinearPolicy(np.random.default_rng(4).standard_normal((2, 1, 3, 4))),
]


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function without an underscore, by its full name, and those that packages export, once."""
    for found in pkgutil.walk_packages(theory.__path__, "theory."):
        module = importlib.import_module(found.name)
        if found.name in ELSEWHERE:
            continue
        for name, value in vars(module).items():
            whole = f"{found.name}.{name}"
            is_function = callable(value) and not inspect.isclass(value) and hasattr(value, "__qualname__")
            own = is_function and not name.startswith("_") and getattr(value, "__module__", None) == found.name
            if own and whole not in NOT_TRIED:
                yield whole, value
    for policy in METHODS:
        yield f"{type(policy).__name__}.context_logits", policy.context_logits


def good_call(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    """Arguments with which it answers. **Raises** `KeyError` for an argument that nobody has given a value."""
    own = OWN.get(name, {})
    if name.endswith(".context_logits"):
        policy = function.__self__  # type: ignore[attr-defined]
        with jax.enable_x64(True):
            parameters = jax.tree.map(np.asarray, policy.initial_parameters(jax.random.key(1)))
        return {"parameters": parameters, "contexts": VALUES["contexts"]}
    arguments = {}
    for argument, parameter in inspect.signature(function).parameters.items():
        if argument in own:
            arguments[argument] = own[argument]
        elif parameter.default is inspect.Parameter.empty or (argument in VALUES and parameter.default is None):
            arguments[argument] = VALUES[argument]
    return arguments


CASES = dict(public_functions())
