"""The setting of Shang et al. 2026 (arXiv 2604.25872), with exact gradients: a best, a mediocre and three bad outputs.

Policies are log-linear. With orthonormal features that is the tabular policy, whose flow is exact; with correlated
features the flow goes through an ODE solver.
"""

from __future__ import annotations

from functools import partial

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.integrate import solve_ivp
from scipy.special import log_softmax, softmax

from sims.flow_hitting_times import hitting_times
from sims.trajectories import trajectory
from theory.parameter_space.problem import PolicyProblem, make_policy_problem
from theory.policies.log_linear import log_linear_policy
from theory.tabular.problem import Problem, make_problem, stack_problems

BEST, MEDIOCRE = 0, 1
TRUTH = np.array([1.0, 0.8, -1.0, -1.0, -1.0])
REWARDS = {"ground truth": TRUTH, "proxy": np.array([1.0, -1.0, -1.0, -1.0, -1.0])}
"""What the policy is trained on: the proxy is wrong about the mediocre output, and right about all others."""

MEDIOCRE_PROBABILITY = 0.5
LATEST = 1e9
BLOCK = 16
"""Exact solutions at once. Compiling for more lanes takes longer than these small problems could save."""

_ACCURACY = {"method": "LSODA", "rtol": 1e-10, "atol": 1e-11}

Vector = Float[np.ndarray, " outputs"]
Square = Float[np.ndarray, "outputs outputs"]


def initial_policy(best: float, mediocre: float = MEDIOCRE_PROBABILITY) -> Vector:
    """`pi0`: the three bad outputs share equally what the best and the mediocre one leave."""
    return np.array([best, mediocre, *[(1 - best - mediocre) / 3] * 3])


def features(correlation: float) -> Square:
    """Unit feature vectors, a row for each output: the Cholesky factor of the matrix of their inner products.

    The vectors of the best and the mediocre output have inner product `correlation`, all other pairs zero. Without
    correlation they are the unit vectors, and the log-linear policy is the tabular one.
    """
    products = np.eye(TRUTH.size)
    products[BEST, MEDIOCRE] = products[MEDIOCRE, BEST] = correlation
    return np.linalg.cholesky(products)


def initial_parameters(policy: Vector, correlation: float) -> Vector:
    """`w0` with `softmax(features w0) = policy` (the features are a square matrix of full rank)."""
    return np.linalg.solve(features(correlation), np.log(policy))


def log_linear_problem(policy: Vector, correlation: float, reward: Vector) -> PolicyProblem:
    """The experiment as a problem in parameter space."""
    return make_policy_problem(
        log_linear_policy(features(correlation)),
        jnp.asarray(initial_parameters(policy, correlation)),
        proxy_reward=reward,
        ground_truth_reward=TRUTH,
    )


def tabular_problem(policy: Vector, reward: Vector) -> Problem:
    """The experiment with orthonormal features."""
    return make_problem(initial_probabilities=policy, proxy_reward=reward, ground_truth_reward=TRUTH)


def velocity(time: float, parameters: Vector, inputs: Square, reward: Vector) -> Vector:
    """`grad phi(w) = features^T (pi * (r - E_pi r))`: the gradient flow of a log-linear policy (paper, Eq (4))."""
    policy = softmax(inputs @ parameters)
    return inputs.T @ (policy * (reward - policy @ reward))


def flow(
    policy: Vector, correlation: float, reward: Vector, times: Float[np.ndarray, " times"]
) -> Float[np.ndarray, "times outputs"]:
    """Log-probabilities under gradient flow: exact for orthonormal features, by LSODA for others."""
    if correlation == 0:
        problem = tabular_problem(policy, reward)
        return np.concatenate([trajectory(problem, block).log_probabilities for block in _blocks(times)])
    inputs, start = features(correlation), initial_parameters(policy, correlation)
    field = partial(velocity, inputs=inputs, reward=reward)
    found = solve_ivp(field, (0.0, float(times[-1])), start, t_eval=times, **_ACCURACY)
    return log_softmax(found.y.T @ inputs.T, axis=1)


def _blocks(values: np.ndarray) -> list[np.ndarray]:
    """Nearly equal parts, so that one compiled shape serves all of them."""
    return np.array_split(values, max(1, -(-len(values) // BLOCK))) if len(values) else []


def reaching_times(
    policies: Float[np.ndarray, "cases outputs"],
    correlations: Float[np.ndarray, " cases"],
    rewards: Float[np.ndarray, "cases outputs"],
    targets: Float[np.ndarray, " cases"],
) -> Float[np.ndarray, " cases"]:
    """When gradient flow first has `E[r_G] = target`, for initial policies that have less.

    Exact for orthonormal features. For others it is found on LSODA's own interpolant; infinite if after `LATEST`.
    """
    times = np.full(len(targets), np.nan)
    increases = targets - policies @ TRUTH
    for block in _blocks(np.flatnonzero(correlations == 0)):
        problems = stack_problems([tabular_problem(policies[case], rewards[case]) for case in block])
        times[block] = hitting_times(problems, increases[block]).time
    for case in np.flatnonzero(correlations):
        times[case] = solved_reaching_time(policies[case], float(correlations[case]), rewards[case], targets[case])
    return times


def solved_reaching_time(policy: Vector, correlation: float, reward: Vector, target: float) -> float:
    """The same for one case, by LSODA whatever the features."""
    inputs, start = features(correlation), initial_parameters(policy, correlation)

    def excess(time: float, parameters: Vector) -> float:
        return float(softmax(inputs @ parameters) @ TRUTH - target)

    excess.terminal, excess.direction = True, 1.0  # type: ignore[attr-defined]
    field = partial(velocity, inputs=inputs, reward=reward)
    found = solve_ivp(field, (0.0, LATEST), start, events=excess, **_ACCURACY)
    return float(found.t_events[0][0]) if found.t_events[0].size else np.inf
