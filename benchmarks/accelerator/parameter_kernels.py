"""Policies with shared parameters: gradient ascent, gradient flow, Fisher and Jacobian norms, all in float64."""

from __future__ import annotations

import jax
import numpy as np
import optax

from benchmarks.accelerator.kernel import Arrays, Kernel, relative_to_largest
from benchmarks.accelerator.sizes import Sizes
from benchmarks.accelerator.tabular_kernels import hitting_arrays, hitting_deviation
from sims.parameter_space.hitting_times import parameter_hitting_times
from sims.parameter_space.optimizer_ascent import parameter_ascent
from theory.parameter_space.fisher_information import fisher_norms
from theory.parameter_space.jacobian_norms import context_grams
from theory.parameter_space.matrix_free_norms import estimate_fisher_norm, estimate_jacobian_norm
from theory.parameter_space.problem import PolicyProblem, make_policy_problem, stack_policy_problems
from theory.policies.log_linear import log_linear_policy
from theory.policies.policy import Policy, outputs
from theory.policies.transformer import TransformerPolicy

PROMPTS, FEATURES = 2, 6
OPTIMIZER = optax.adam(0.02)


def policies(sizes: Sizes) -> dict[str, Policy]:
    """A small transformer, and a log-linear policy over as many outputs."""
    transformer = TransformerPolicy(PROMPTS, sizes.policy_vocabulary, sizes.policy_length, width=sizes.policy_width)
    features = np.random.default_rng(3).standard_normal((PROMPTS, outputs(transformer), FEATURES))
    return {"transformer": transformer, "log-linear": log_linear_policy(features)}


def policy_problems(sizes: Sizes) -> dict[str, PolicyProblem]:
    """A problem for each policy: random rewards, a KL term, parameters that do not depend on the device."""
    rng = np.random.default_rng(4)
    found = {}
    for name, policy in policies(sizes).items():
        shapes = jax.eval_shape(policy.initial_parameters, jax.random.key(0))
        parameters = jax.tree.map(lambda leaf: 0.3 * rng.standard_normal(leaf.shape), shapes)
        reward = rng.uniform(-1, 1, (PROMPTS, outputs(policy)))
        found[name] = make_policy_problem(
            policy, parameters, proxy_reward=reward, ground_truth_reward=reward, kl_coefficient=0.01
        )
    return found


def parameter_ascents(sizes: Sizes) -> Arrays:
    """Log-probabilities along gradient ascent by Adam."""
    return {
        name: np.asarray(parameter_ascent(problem, OPTIMIZER, sizes.ascent_steps).log_probabilities)
        for name, problem in policy_problems(sizes).items()
    }


def parameter_times(sizes: Sizes) -> Arrays:
    """Hitting times of gradient flow in parameter space."""
    return {
        key: array
        for name, problem in policy_problems(sizes).items()
        for key, array in hitting_arrays(
            name, parameter_hitting_times(stack_policy_problems([problem]), 0.1, tolerance=1e-8)
        ).items()
    }


def matrix_free(sizes: Sizes) -> Arrays:
    """Bounds on the Fisher norm of a prompt and on the Jacobian's norm at a context, by products alone."""
    found = {}
    with jax.enable_x64(True):
        for name, problem in policy_problems(sizes).items():
            given = (problem.policy, problem.parameters, 0, jax.random.key(5))
            fisher, jacobian = estimate_fisher_norm(*given), estimate_jacobian_norm(*given)
            for norm, estimate in (("Fisher", fisher), ("Jacobian", jacobian)):
                found[f"{name}, {norm}"] = np.array([float(estimate.lower), float(estimate.upper)])
    return found


def dense_norms(sizes: Sizes, _: Arrays) -> Arrays:
    """The same norms exactly, from matrices."""
    found = {}
    with jax.enable_x64(True):
        for name, problem in policy_problems(sizes).items():
            grams = np.asarray(context_grams(problem.policy, problem.parameters))
            found[f"{name}, Fisher"] = np.asarray(fisher_norms(problem.policy, problem.parameters))[0]
            found[f"{name}, Jacobian"] = np.sqrt(np.linalg.eigvalsh(grams[0])[-1])
    return found


def outside(found: Arrays, reference: Arrays) -> float:
    """How far an exact norm lies outside of its bounds, relative to itself; infinite where there is no upper one."""
    worst = 0.0
    for name, exact in reference.items():
        lower, upper = found[name]
        if not np.isfinite([lower, upper]).all():
            return float("inf")
        worst = max(worst, float((lower - exact) / exact), float((exact - upper) / exact))
    return worst


def _described(sizes: Sizes) -> str:
    small = policies(sizes)["transformer"]
    return f"transformer of width {sizes.policy_width} and log-linear policy, |Y| = {outputs(small)}"


PARAMETER_KERNELS = (
    Kernel(
        "gradient ascent, parameter space",
        lambda s: f"{_described(s)}, {s.ascent_steps} steps of Adam",
        parameter_ascents,
        lambda sizes, _: parameter_ascents(sizes),
        relative_to_largest,
        lambda _: 1e-8,
        "Adam divides by the gradient's size, which blows rounding of 1e-16 up where a gradient is near zero; float32 "
        "would be off by 1e-5 or more",
    ),
    Kernel(
        "gradient flow, parameter space",
        _described,
        parameter_times,
        lambda sizes, _: parameter_times(sizes),
        hitting_deviation,
        lambda _: 1.0,
        "times may differ by the errors that both runs report",
    ),
    Kernel(
        "Fisher and Jacobian norms, matrix-free",
        _described,
        matrix_free,
        dense_norms,
        outside,
        lambda _: 1e-12,
        "the bounds have to hold dense eigenvalues, exact to some 1e-15; how wide they are is theirs to say",
    ),
)
