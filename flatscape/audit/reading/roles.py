"""The roles of a table's columns: those of its format, those that their names tell, and those a person gave."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.files.delimited import CUT_OFF
from flatscape.audit.formats import names
from flatscape.audit.formats.layout import REWARD, Layout, shown_name
from flatscape.audit.reading.combine import BLOCK, FILE
from flatscape.audit.reading.kinds import Kind, kind_of
from theory.errors import InvalidInputError, did_you_mean

LISTED = 12
"""Columns that a message lists."""


def resolved(sample: pl.DataFrame, layout: Layout, given: Mapping[str, Any], account: Account) -> Layout:
    """The layout in which every named column is there and the rewards are named one by one.

    **Arguments**

    - `sample`: the first rows.
    - `layout`: that of the format, without what only names can tell; empty for a flat table.
    - `given`: roles in a person's own words.

    **Raises** `InvalidInputError` if a column that a person named is not there, or if there is no score, or nothing
    that says which completions belong together.
    """
    sample = sample.drop(CUT_OFF, strict=False)
    kinds = {name: kind_of(_without_letters(sample[name], layout)) for name in sample.columns}
    given = _with_prefixes(dict(given), sample.columns)
    found = _by_names(kinds, layout, given) if layout == Layout() else _of_format(kinds, layout)
    _check_given(given, sample.columns, long=found.reward_model is not None or "reward_model" in given)
    merged = found.overridden(given)
    merged = merged.overridden({"group": _group(merged, given, kinds, account)})
    texts = {name for name in sample.columns if sample.schema[name] == pl.String} - set(merged.columns)
    return merged.overridden({"rewards": _rewards(merged, given, kinds, texts, account)})


def _without_letters(column: pl.Series, layout: Layout) -> pl.Series:
    if not layout.letters or column.dtype != pl.String:
        return column
    return column.replace({letter: str(value) for letter, value in layout.letters.items()})


def _with_prefixes(given: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    """Rewards that a person names are columns that a reader may have put a prefix to."""

    def column(name: str) -> str:
        return name if name in columns or f"{REWARD}{name}" not in columns else f"{REWARD}{name}"

    if "rewards" in given:
        given["rewards"] = tuple(column(name) for name in given["rewards"])
    if "truth" in given:
        given["truth"] = column(given["truth"])
    return given


def _check_given(given: Mapping[str, Any], columns: list[str], *, long: bool) -> None:
    for role, value in given.items():
        # The rewards of a long table are values, rather than columns.
        if isinstance(value, int) or (role == "rewards" and long):
            continue
        for name in (value,) if isinstance(value, str) else value:
            if name not in columns:
                shown = [shown_name(c) for c in columns]
                hint = did_you_mean(name, map(repr, shown))
                listed = ", ".join(shown[:LISTED]) + (", ..." if len(shown) > LISTED else "")
                raise InvalidInputError(role, f"the column {name!r}", f"{hint}The columns are {listed}.")


def _of_format(kinds: Mapping[str, Kind], layout: Layout) -> Layout:
    """The layout without columns that this file lacks, and with numbers beside the scores that their names tell."""
    there = {role: column if column in kinds else None for role, column in {**layout.texts, **layout.numbers}.items()}
    named = {"truth": names.TRUTH, "logprob": names.LOGPROB, "weight": names.WEIGHT, "advantage": names.ADVANTAGE}
    for role, known in named.items():
        if there.get(role) is None:
            there[role] = _first(known, kinds, ("number",))
    there["error"] = _first(names.ERROR, kinds, ("text", "texts", "nothing"))
    there["group"] = tuple(c for c in layout.group if c in kinds)  # type: ignore[assignment]
    there["identifier"] = tuple(c for c in layout.identifier if c in kinds)  # type: ignore[assignment]
    return layout.overridden(there)


def _by_names(kinds: Mapping[str, Kind], layout: Layout, given: Mapping[str, Any]) -> Layout:
    columns = [c for c in kinds if c not in _named_by(given)]
    prompt = given.get("prompt") or names.first_of(names.PROMPT, columns)
    completion = given.get("completion") or names.first_of(names.COMPLETION, [c for c in columns if c != prompt])
    number = ("number", "numbers")
    model = given.get("reward_model") or _first(names.REWARD_MODEL, kinds, ("text",), columns)
    score = given.get("score") or _first(names.SCORE, kinds, ("number",), columns)
    # Rewards that are columns are no values of one.
    wanted = any(name in kinds for name in given.get("rewards", ()))
    long = model is not None and score is not None and (not wanted or "reward_model" in given)
    wide = any(kinds[c] in ("numbers", "texts") for c in kinds if c == completion or c in given.get("rewards", ()))
    group = names.first_of((*names.GROUP, "id") if wide or prompt is None else names.GROUP, columns)
    step = names.first_of(names.STEP, columns)
    key = (group or prompt,) if group or prompt else ()
    identifier = names.first_of(names.IDENTIFIER, [c for c in columns if c != group])
    return layout.overridden(
        {
            "group": (step, *key) if step and key else key,
            "prompt": prompt,
            "completion": completion,
            "truth": _first(names.TRUTH, kinds, number, columns),
            "logprob": _first(names.LOGPROB, kinds, number, columns),
            "weight": _first(names.WEIGHT, kinds, number, columns),
            "advantage": _first(names.ADVANTAGE, kinds, number, columns),
            "policy": _first(names.POLICY, kinds, ("text", "texts"), [c for c in columns if c != model]),
            "reward_model": model if long else None,
            "score": score if long else None,
            "error": _first(names.ERROR, kinds, ("text", "texts", "nothing"), columns),
            "identifier": (identifier,) if identifier and not long else (),
        }
    )


def _named_by(given: Mapping[str, Any]) -> set[str]:
    values = [(v,) if isinstance(v, str) else v for v in given.values() if not isinstance(v, int)]
    return {name for value in values for name in value}


def _first(
    known: tuple[str, ...], kinds: Mapping[str, Kind], wanted: tuple[str, ...], among: list[str] | None = None
) -> str | None:
    return names.first_of(known, [c for c in (kinds if among is None else among) if kinds[c] in wanted])


def _group(layout: Layout, given: Mapping[str, Any], kinds: Mapping[str, Kind], account: Account) -> tuple[str, ...]:
    if "group" in given:
        return layout.group
    if layout.group_size is not None:
        return (FILE, BLOCK)
    # A format's group is its prompt, whatever column a person says that is.
    if "prompt" in given and not layout.group:
        return (given["prompt"],)
    lists = any(kinds.get(c) in ("numbers", "texts") for c in (layout.completion, *layout.rewards) if c)
    if (layout.group in ((), ("step",)) and layout.lists == "only") or not (layout.group or lists or _has_lists(kinds)):
        raise InvalidInputError(
            account.argument,
            f"a table with the columns {', '.join(list(kinds)[:LISTED])}",
            'Say which completions belong together: mapping={"group": "COLUMN"} or {"prompt": "COLUMN"}, or, if they '
            'stand together, {"group_size": N}.',
        )
    return layout.group


def _has_lists(kinds: Mapping[str, Kind]) -> bool:
    return any(kind == "numbers" and names.may_be_reward(shown_name(c)) for c, kind in kinds.items())


def _rewards(
    layout: Layout, given: Mapping[str, Any], kinds: Mapping[str, Kind], texts: set[str], account: Account
) -> tuple[str, ...]:
    """The columns of scores, or, of a long table, the names that a person gave."""
    if layout.reward_model is not None or "rewards" in given:
        return given.get("rewards", ())
    taken = set(layout.overridden({"rewards": ()}).columns)
    free = [c for c, kind in kinds.items() if c not in taken and kind in ("number", "numbers")]
    chosen: dict[str, None] = {}
    for pattern in layout.rewards or ("*",):
        if "*" not in pattern and pattern in kinds:
            chosen.setdefault(pattern)
        matching = (c for c in free if "*" in pattern and fnmatchcase(c, pattern))
        chosen.update(dict.fromkeys(c for c in matching if names.may_be_reward(shown_name(c))))
    passed = [shown_name(c) for c in free if c not in chosen and c not in (FILE, BLOCK) and c[:2] != "__"]
    if not chosen:
        listed = f" Numbers are in {', '.join(passed)}." if passed else ""
        raise InvalidInputError(
            account.argument,
            f"a table without a column of scores (its columns: {', '.join(list(kinds)[:LISTED])})",
            f'Name the columns of the reward models: rewards=("COLUMN", ...).{listed}',
        )
    # Where all is text, the first rows are all that tells.
    empty = [c for c, kind in kinds.items() if kind == "nothing" and c in texts and names.may_be_reward(c)]
    if empty:
        account.warn(f"Columns that are empty in the first rows were not read: {', '.join(empty)}.")
    if passed:
        account.warn(f"Columns of numbers that were not taken for rewards: {', '.join(passed)}.")
    return tuple(chosen)
