"""Answers of a notebook to what a person has set: a value, or one sentence that says what to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

from theory.errors import InvalidInputError

ValueT = TypeVar("ValueT")
Given = ParamSpec("Given")


@dataclass(frozen=True)
class Answer(Generic[ValueT]):
    """**Fields**: `value`, None where there is none; `sentence`, on why there is none, None where there is a value."""

    value: ValueT | None
    sentence: str | None = None

    @property
    def found(self) -> ValueT:
        """The value. **Raises** `ValueError` if there is none."""
        if self.value is None:
            raise ValueError(self.sentence)
        return self.value


def attempt(compute: Callable[Given, ValueT], *given: Given.args, **named: Given.kwargs) -> Answer[ValueT]:
    """What a function computes, or the sentence of its `InvalidInputError`; a file that fails is told as well.

    >>> from flatscape.notebook.answer import attempt
    >>> from theory import make_problem
    >>> attempt(make_problem, proxy_reward=[2, 0], ground_truth_reward=[1, 0], initial_logits=[0, 0]).sentence
    'proxy_reward: got 2 at index [0]. The theorems take rewards in [-1, 1]: shift and rescale the reward model first.'
    """
    try:
        return Answer(compute(*given, **named))
    except InvalidInputError as error:
        return Answer(None, str(error))
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        return Answer(None, f"{where}{error.strerror or error}. Give a file that can be read, in a folder to write to.")
