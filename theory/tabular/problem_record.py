"""Problems as plain records (dictionaries of lists and numbers), the form in which they are saved and given."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from theory.arguments.checking import checked_input
from theory.arguments.checks import as_float64, check_normal, check_positive
from theory.arguments.names import ONE_TABULAR_PROBLEM
from theory.arguments.number_rules import between
from theory.arguments.rules import Single
from theory.errors import InvalidInputError, did_you_mean
from theory.tabular.problem import Problem, make_problem

_REWARDS = ("proxy_reward", "ground_truth_reward")
_SETTINGS = ("initial_probabilities", "initial_logits", "kl_coefficient", "prompts")
_OPTIONAL = (*_SETTINGS, "gamma", "name")
LONGEST_NAME = 200
"""Characters that a problem's name may have."""


@checked_input(problem=ONE_TABULAR_PROBLEM, increase=Single(between(0.0, np.inf, open_at_least=True, infinite=False)))
def problem_to_record(problem: Problem, increase: float | None = None) -> dict[str, Any]:
    """A single problem as a record that `problem_from_record` reads back to the last bit.

    **Raises** `InvalidInputError` for a batch, for what is no problem, and for an increase that is not positive.

    **Example**

    >>> import theory
    >>> problem = theory.make_problem(
    ...     initial_probabilities=[0.2, 0.3, 0.5], proxy_reward=[1, 0, -1], ground_truth_reward=[1, -1, 0]
    ... )
    >>> sorted(theory.problem_to_record(problem, 0.1))
    ['gamma', 'ground_truth_reward', 'initial_logits', 'kl_coefficient', 'prompts', 'proxy_reward']
    """
    record: dict[str, Any] = {
        "initial_logits": np.asarray(problem.initial_log_probabilities).tolist(),
        "proxy_reward": np.asarray(problem.proxy_reward).tolist(),
        "ground_truth_reward": np.asarray(problem.ground_truth_reward).tolist(),
        "kl_coefficient": float(problem.kl_coefficient),
        "prompts": int(problem.prompts),
    }
    if increase is not None:
        record["gamma"] = float(increase)
    return record


def problem_from_record(record: object) -> tuple[Problem, float | None]:
    """The problem and its `gamma` (None if not given) from a record.

    **Arguments**

    - `record`: `{"initial_probabilities" or "initial_logits", "proxy_reward", "ground_truth_reward"` (lists of
      numbers)`, "kl_coefficient": 0.0, "prompts": 1, "gamma": ..., "name": ...}`; the last four may be left out.

    **Raises** `InvalidInputError` for anything else, unknown keys included (a misspelt key must not go unnoticed).

    **Example**

    >>> import theory
    >>> problem, gamma = theory.problem_from_record(
    ...     {"initial_probabilities": [0.5, 0.5], "proxy_reward": [1, -1], "ground_truth_reward": [1, 0], "gamma": 0.1}
    ... )
    >>> problem.outputs, gamma
    (2, 0.1)
    """
    record = _as_record(record)
    unknown = sorted(str(key) for key in set(record) - set(_REWARDS) - set(_OPTIONAL))
    if unknown:
        known = _REWARDS + _OPTIONAL
        raise InvalidInputError(
            "problem",
            f"unknown key {reprlib.repr(unknown[0])}",
            f"{did_you_mean(unknown[0], known)}Known: {', '.join(known)}.",
        )
    missing = [key for key in _REWARDS if key not in record]
    if missing:
        raise InvalidInputError(missing[0], "nothing", "Every problem needs this key.")
    settings = {key: record[key] for key in (*_REWARDS, *_SETTINGS) if key in record}
    name_from_record(record)
    problem = make_problem(**settings)
    if problem.batch_shape:
        raise InvalidInputError(
            "problem", f"lists of shape {problem.batch_shape}", "Give one problem an object; put objects in a list."
        )
    if record.get("gamma") is None:
        return problem, None
    gamma = as_float64("gamma", record["gamma"])
    if gamma.ndim:
        raise InvalidInputError("gamma", f"shape {gamma.shape}", "Give one number.")
    check_positive("gamma", gamma)
    check_normal("gamma", gamma)
    return problem, float(gamma)


def name_from_record(record: object) -> str:
    """What a record calls its problem; empty if it has no name.

    **Raises** `InvalidInputError` unless the name is a text of one line of at most 200 characters, or if there is no
    record.
    """
    name = _as_record(record).get("name")
    if name is None:
        return ""
    if not isinstance(name, str) or not name.isprintable() or len(name) > LONGEST_NAME:
        raise InvalidInputError("name", reprlib.repr(name), f"Give a line of at most {LONGEST_NAME} characters.")
    return name


def _as_record(record: object) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        raise InvalidInputError("problem", type(record).__name__, "Give an object with keys such as proxy_reward.")
    return record
