"""Roles of columns in a person's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theory.errors import InvalidInputError, did_you_mean

SINGLE = ("prompt", "completion", "truth", "logprob", "weight", "advantage", "policy", "reward_model", "score")
SEVERAL = {"reward": "rewards", "rewards": "rewards", "group": "group"}
SIZE = "group_size"

KEYS = (*SINGLE, *SEVERAL, SIZE)
"""What a mapping may name."""

FLAT_KEYS = {"prompt", "completion", "reward", "rewards", "score"}
"""Naming any of these says that the table is a flat one."""

Overrides = dict[str, Any]


def overrides(mapping: Mapping[str, Any] | None, rewards: str | Sequence[str] | None, truth: str | None) -> Overrides:
    """The roles that were named, by the fields of a layout.

    **Raises** `InvalidInputError` for an unknown role, one without a column, or a column for two roles.
    """
    found: Overrides = {}
    for key, value in (mapping or {}).items():
        if key not in KEYS:
            raise InvalidInputError("mapping", repr(key), f"{did_you_mean(str(key), KEYS)}Roles are {', '.join(KEYS)}.")
        if key == SIZE:
            found[SIZE] = _size(value)
        elif key in SEVERAL:
            found[SEVERAL[key]] = _names("mapping", key, value)
        else:
            found[key] = _name(f"mapping: {key}", value)
    if rewards is not None:
        if "rewards" in found:
            raise InvalidInputError(
                "rewards", repr(rewards), "The mapping names the rewards already: give one of both."
            )
        found["rewards"] = _names("rewards", "rewards", rewards)
    if truth is not None:
        if "truth" in found and found["truth"] != truth:
            raise InvalidInputError("truth", repr(truth), "The mapping names another: give one of both.")
        found["truth"] = _name("truth", truth)
    if found.get("truth") in found.get("rewards", ()):
        raise InvalidInputError("truth", repr(found["truth"]), "It is named as a reward, too: it can be one of both.")
    if ("reward_model" in found) != ("score" in found):
        raise InvalidInputError(
            "mapping", repr(sorted(found)), "A long table has both reward_model=COLUMN and score=COLUMN."
        )
    return found


def is_flat(mapping: Mapping[str, Any] | None) -> bool:
    """Whether the mapping itself says what a row is."""
    return bool(FLAT_KEYS & set(mapping or ()))


def _size(value: Any) -> int:
    try:
        size = int(value)
    except (TypeError, ValueError):
        size = 0
    if size < 2 or (isinstance(value, float) and size != value):
        raise InvalidInputError("mapping: group_size", repr(value), "Give a whole number of at least 2.")
    return size


def _name(argument: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInputError(argument, repr(value), "Name a column.")
    return value


def _names(argument: str, key: str, value: Any) -> tuple[str, ...]:
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or not parts or not all(isinstance(p, str) and p for p in parts):
        raise InvalidInputError(f"{argument}: {key}", repr(value), "Name columns, as a,b or as a list.")
    twice = sorted({part for part in parts if list(parts).count(part) > 1})
    if twice:
        raise InvalidInputError(f"{argument}: {key}", f"{', '.join(twice)} twice", "Name each column once.")
    return tuple(parts)
