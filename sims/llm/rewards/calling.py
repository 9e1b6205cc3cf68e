"""A person's own reward: a Python function, given itself or by name."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float64

from sims.llm.rewards.answers import RewardFailure, rewards_from
from sims.llm.rewards.policy_on_failure import OnFailure, PolicyOnFailure
from sims.llm.rewards.scored_texts import ScoredTexts
from sims.llm.rewards.time_limit import TimeLimit
from theory.errors import InvalidInputError

RewardFunction: TypeAlias = Callable[[list[str], list[str]], Iterable[Any]]
"""Given prompts and completions, one reward for each completion, in their order."""


class CalledReward:
    """A reward that calls a Python function `f(prompts, completions)`.

    The function is given two lists of texts of equal length, and returns one real number for each completion: larger is
    better. What it says of one completion must not depend on the others: batches that fail are split. It runs in
    threads, and a call that hangs is abandoned while the next ones begin (see `TimeLimit`, `PolicyOnFailure`).

    **Arguments**

    - `function`: the function, or `"package.module:function"`, which is imported as any code of one's own.
    - `name`: how tables and messages call it; the function's own name unless given.
    - `on_failure`: `"error"` raises at the first completion without a finite reward and shows it; `"drop"` makes its
      reward NaN.
    - `timeout`: seconds that one call may take.
    - `retries`: how often a single completion that failed is asked for again.
    - `batch_size`: the most completions in one call.

    **Returns** when called: float64 of shape `(completions,)`, NaN for those that were dropped.

    **Raises** `InvalidInputError` for arguments out of range, a function that cannot be found or called; when called,
    as `on_failure` says.

    >>> from sims.llm import CalledReward, ScoredTexts
    >>> shorter = CalledReward(lambda prompts, completions: [-len(text) for text in completions], name="shorter")
    >>> shorter(ScoredTexts(("Say hello.",) * 2, ("Hello!", "Hi."), None)).tolist()
    [-6.0, -3.0]
    """

    needs_features = False

    def __init__(
        self,
        function: RewardFunction | str,
        *,
        name: str | None = None,
        on_failure: OnFailure = "error",
        timeout: float = 60.0,
        retries: int = 0,
        batch_size: int = 64,
    ) -> None:
        self._function = named_function(function) if isinstance(function, str) else function
        if not callable(self._function):
            raise InvalidInputError("function", f"a {type(function).__name__}", "Give a function, or its name.")
        if inspect.iscoroutinefunction(self._function):
            raise InvalidInputError("function", "one that is async", "Give an ordinary function (asyncio.run inside).")
        own_name = function if isinstance(function, str) else getattr(function, "__name__", type(function).__name__)
        self.name = own_name if name is None else name
        self._policy = PolicyOnFailure(on_failure=on_failure, retries=retries, batch_size=batch_size, pause=0.0)
        self._limit = TimeLimit(timeout)

    @property
    def failures(self) -> Counter[str]:
        """The number of completions without a reward, by reason."""
        return self._policy.failures

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The reward of each completion."""
        return self._policy.score(self.name, texts, self._ask)

    def _ask(self, prompts: list[str], completions: list[str]) -> list[float | RewardFailure]:
        count = len(completions)
        # What is returned may be computed only as it is read: that counts, too.
        return self._limit(lambda: rewards_from(self._function(prompts, completions), count))


def named_function(name: str) -> RewardFunction:
    """The function that `"package.module:function"` names, by an ordinary import.

    **Raises** `InvalidInputError` if the module cannot be imported or has no such function.

    >>> from sims.llm.rewards.calling import named_function
    >>> named_function("operator:add")(1, 2)
    3
    """
    if not re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", name):
        raise InvalidInputError("function", repr(name), 'Write it as "package.module:function".')
    module_name, _, path = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        remedy = "Install its package, or put its folder on PYTHONPATH."
        raise InvalidInputError("function", f"{name}: {error}", remedy) from error
    except Exception as error:
        remedy = "Mend that module: importing it fails."
        raise InvalidInputError("function", f"{name}: {type(error).__name__}: {error}", remedy) from error
    try:
        found = functools.reduce(getattr, path.split("."), module)
    except AttributeError:
        raise InvalidInputError("function", name, f"The module {module_name} has no {path}.") from None
    if not callable(found):
        raise InvalidInputError("function", f"{name}, a {type(found).__name__}", "Name a function.")
    return found
