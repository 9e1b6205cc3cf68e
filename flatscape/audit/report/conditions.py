"""Conditions on the numbers of an audit, as `--fail-if 'dead-groups>0.5@rm_a'`, for checks that run by themselves."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from theory.errors import InvalidInputError, did_you_mean

ARGUMENT = "--fail-if"

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

LISTED = 8
"""Names of measures that a message shows."""


@dataclass(frozen=True)
class Condition:
    """**Fields**: `measure`, an id of the record; `sign`, of `COMPARISONS`; `limit`; `model`, or None for any."""

    measure: str
    sign: str
    limit: float
    model: str | None

    def __str__(self) -> str:
        return f"{self.measure}{self.sign}{self.limit:g}{'' if self.model is None else f'@{self.model}'}"


@dataclass(frozen=True)
class Checked:
    """**Fields**: the `condition`; `holds`, sentences that say of whom; `undefined`, of whom there is no number."""

    condition: Condition
    holds: tuple[str, ...]
    undefined: tuple[str, ...]


def parse_condition(text: str) -> Condition:
    """A condition, `MEASURE` then `>`, `<`, `>=` or `<=`, a number, and perhaps `@MODEL`.

    **Raises** `InvalidInputError` for anything else.

    >>> str(parse_condition("dead-groups > 0.5 @ rm_a"))
    'dead-groups>0.5@rm_a'
    """
    remedy = "Write MEASURE>NUMBER (or <, >=, <=), and @MODEL for one of them, such as 'dead-groups>0.5'."
    found = re.fullmatch(r"\s*([\w.-]+)\s*(>=|<=|>|<)\s*([^@\s]+)\s*(?:@\s*(.+?)\s*)?", text)
    if not found:
        raise InvalidInputError(ARGUMENT, repr(text), remedy)
    try:
        limit = float(found[3])
    except ValueError:
        raise InvalidInputError(ARGUMENT, repr(text), remedy) from None
    if not math.isfinite(limit):
        raise InvalidInputError(ARGUMENT, repr(text), "Give a finite number.")
    return Condition(found[1], found[2], limit, found[4])


def check_condition(condition: Condition, record: Mapping[str, Any]) -> Checked:
    """Of which models, in which policy, a condition holds.

    **Raises** `InvalidInputError` if there is no such measure or model, or no number at all: then nothing is checked.
    """
    holds, undefined, known = [], [], False
    for policy in record["policies"]:
        values = dict(_values(policy))
        if condition.measure not in values:
            continue
        found = values[condition.measure]
        if condition.model is not None and condition.model not in found:
            raise InvalidInputError(
                ARGUMENT, str(condition), f"There is no model {condition.model!r}, but {', '.join(found)}."
            )
        for model, value in found.items():
            if condition.model not in (None, model):
                continue
            who = model if policy["policy"] is None else f"{model} ({policy['policy']})"
            known = known or value is not None
            if value is None:
                undefined.append(who)
            elif COMPARISONS[condition.sign](value, condition.limit):
                holds.append(f"{who}: {condition.measure} is {value:.6g}")
    if not holds and not undefined and not known:
        raise _unknown(condition, record)
    if not known:
        remedy = "It is not defined for these completions: choose another, or give more of them."
        raise InvalidInputError(ARGUMENT, str(condition), remedy)
    return Checked(condition, tuple(holds), tuple(undefined))


def _values(policy: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, float | None]]]:
    """Numbers of each model by the names of measures, those of the simulation included."""
    for measure in policy["measures"]:
        yield measure["id"], measure["estimate"]
    teaching = policy["teaching"]
    if teaching is None:
        return
    yield "simulated-kl", {model: curve[-1] for model, curve in teaching["kl"].items()}
    if teaching["truth"] is not None:
        yield "simulated-truth", {model: curve[-1] for model, curve in teaching["truth"].items()}
        yield "simulated-gain", {model: _risen(curve) for model, curve in teaching["truth"].items()}
    for row in teaching["time_to_gain"]:
        yield f"time-to-gain-{row['gain']:g}", row["time"]


def _risen(curve: list[float | None]) -> float | None:
    first, last = curve[0], curve[-1]
    return None if first is None or last is None else last - first


def _unknown(condition: Condition, record: Mapping[str, Any]) -> InvalidInputError:
    names = list(dict.fromkeys(name for policy in record["policies"] for name, _ in _values(policy)))
    near = did_you_mean(condition.measure, names, most=3, likeness=0.5).rstrip()
    hint = near or f"There are {', '.join(names[:LISTED])}, ..."
    return InvalidInputError(ARGUMENT, str(condition), f"There is no measure {condition.measure!r}. {hint}")
