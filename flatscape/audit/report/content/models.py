"""The reward models of a record, numbered: a number, a colour and a shape tell each from the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flatscape.audit.report.content.values import items

KINDS = 6
"""Different colours, and different shapes; twice as many models differ by their filling, too."""


class Model(NamedTuple):
    """**Fields**: `number`, from one; `name`."""

    number: int
    name: str

    @property
    def kind(self) -> int:
        """The number of its colour and shape."""
        return (self.number - 1) % KINDS

    @property
    def hollow(self) -> bool:
        """Whether its mark is an outline, and its line dashed."""
        return (self.number - 1) // KINDS % 2 == 1

    def short(self, most: int) -> str:
        """Its name in at most so many characters: the ends of names tell more than their middles.

        >>> Model(1, "reward_model_12").short(9)
        'rewa…l_12'
        """
        if len(self.name) <= most:
            return self.name
        return f"{self.name[: most // 2]}…{self.name[-((most - 1) // 2) :]}"


def models_of(policy: Mapping[str, Any]) -> list[Model]:
    """The models of a policy's record, in its order.

    >>> models_of({"models": ["rm_a", "rm_b"]})[1]
    Model(number=2, name='rm_b')
    """
    return [Model(k + 1, str(name)) for k, name in enumerate(items(policy.get("models")))]
