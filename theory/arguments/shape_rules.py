"""Shapes and limits of arguments that other arguments tell: each function is given all of them by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from theory.arguments.checks import as_float64, as_reward


def single(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of one number."""
    return ()


def one_axis(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of a list."""
    return (None,)


def one_per_prompt(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """One number for every prompt of the policy."""
    return (int(given["policy"].prompts),)


def one_per_sequence(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """One number for every row of `tokens`."""
    tokens = as_float64("tokens", given.get("tokens"))
    return tokens.shape[:1] if tokens.size and tokens.ndim else (None,)


def batch_of_problem(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of the stack of problems."""
    return tuple(_problem_of(given).batch_shape)


def rewards_of_problem(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of the problems' own rewards."""
    return tuple(np.shape(_problem_of(given).proxy_reward))


def _problem_of(given: Mapping[str, Any]) -> Any:
    return given["problem"] if "problem" in given else given["problems"]


def two_axes(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of a table."""
    return (None, None)


def prompts_of(given: Mapping[str, Any]) -> float:
    """How many prompts the policy has."""
    return float(given["policy"].prompts)


def prompts_of_problem(given: Mapping[str, Any]) -> float:
    """How many prompts the problem has."""
    return float(_problem_of(given).policy.prompts)


def tokens_of(given: Mapping[str, Any]) -> float:
    """How many tokens the policy has."""
    return float(given["policy"].vocabulary)


def contexts_of(given: Mapping[str, Any]) -> float:
    """How many contexts the policy has."""
    policy = given["policy"]
    return float(policy.prompts * sum(policy.vocabulary**depth for depth in range(policy.length)))


def outputs_of_truth(given: Mapping[str, Any]) -> float:
    """How many outputs the ground-truth reward has."""
    truth = as_reward("ground_truth_reward", given.get("ground_truth_reward"))
    return float(truth.shape[-1]) if truth.ndim and truth.size else float("inf")


def any_number(given: Mapping[str, Any]) -> float:
    """No limit that is known."""
    return float("inf")
