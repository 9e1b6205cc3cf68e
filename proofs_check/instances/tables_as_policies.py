"""Tabular problems as problems in parameter space: the same flow, for solvers that do not know that it is a table."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

from theory.errors import InvalidInputError
from theory.parameter_space.problem import PolicyProblem
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.tabular.problem import Problem

ABSENT = -700.0
"""The logit of an output that is there for the sake of the shape only: a probability of 1e-304 never moves."""


def in_parameter_space(problem: Problem, *, outputs: int | None = None) -> PolicyProblem:
    """A batch of tabular problems of one prompt each as tables of parameters, whose hitting times are the same.

    **Arguments**: `outputs`: pads to so many, so that problems of several sizes share compiled programs.

    **Raises** `InvalidInputError` for problems of more prompts, whose flow is that many times slower, or of more
    outputs than asked for.
    """
    logits = np.asarray(problem.initial_log_probabilities)
    count, own = logits.shape
    size = own if outputs is None else outputs
    if size < own:
        raise InvalidInputError("outputs", size, f"The problems have {own} outputs.")
    if (np.asarray(problem.prompts) != 1).any():
        raise InvalidInputError("problem", "several prompts", "Give problems of one prompt: replace(..., prompts=1).")

    def padded(values: object, filling: float) -> np.ndarray:
        return np.pad(np.asarray(values, np.float64), ((0, 0), (0, size - own)), constant_values=filling)

    log_policy = log_softmax(padded(logits, ABSENT), axis=-1)
    # The least of rewards, so that no output that is absent promises more than the others.
    proxy, truth = (padded(reward, -1.0)[:, None] for reward in (problem.proxy_reward, problem.ground_truth_reward))
    coefficient = np.array(np.broadcast_to(problem.kl_coefficient, (count,)), np.float64)
    return PolicyProblem(
        TabularPerPrefixPolicy(1, size, 1), log_policy[:, None, None], log_policy[:, None], proxy, truth, coefficient
    )
