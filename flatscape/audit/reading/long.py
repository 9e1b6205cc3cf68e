"""A long table, in which a row is the score of one reward model, as one with a column a reward model."""

from __future__ import annotations

import polars as pl

from flatscape.audit.files.account import Account
from flatscape.audit.formats.layout import REWARD, Layout
from theory.errors import InvalidInputError

OCCURRENCE = "occurrence of the completion"
"""The column that tells completions apart that a policy has sampled more than once."""


def pivoted(frame: pl.DataFrame, layout: Layout, account: Account) -> tuple[pl.DataFrame, Layout]:
    """The table with a column for each reward model, and its layout; one that has that already as it is.

    **Raises** `InvalidInputError` if a reward model that was asked for has no scores.
    """
    model, score = layout.reward_model, layout.score
    if model is None or score is None:
        return frame, layout
    unnamed = frame.filter(pl.col(model).is_null())
    account.exclude("a score of no named reward model", unnamed.head(3).to_dicts(), unnamed.height)
    frame = frame.filter(pl.col(model).is_not_null()).with_columns(pl.col(model).cast(pl.String))
    present = frame[model].unique(maintain_order=True).to_list()
    names = layout.rewards or tuple(present)
    missing = [name for name in names if name not in present]
    if missing:
        raise InvalidInputError("rewards", ", ".join(missing), f"There are scores of {', '.join(present)}.")
    keys = [c for c in dict.fromkeys((*layout.group, *layout.identifier)) if c in frame.columns]
    if not layout.identifier:
        keys += [layout.completion] if layout.completion and layout.completion not in keys else []
        frame = frame.with_columns(pl.int_range(pl.len()).over([*keys, model]).alias(OCCURRENCE))
        keys.append(OCCURRENCE)
    first = frame.select(pl.struct([*keys, model]).is_first_distinct()).to_series()
    repeated = frame.filter(~first)
    account.exclude(
        "a second score of one completion by one reward model", repeated.head(3).to_dicts(), repeated.height
    )
    frame = frame.filter(first)
    others = [c for c in frame.columns if c not in (*keys, model, score)]
    base = frame.group_by(keys, maintain_order=True).agg(pl.col(others).drop_nulls().first())
    for name in names:
        column = frame.filter(pl.col(model) == name).select(*keys, pl.col(score).alias(f"{REWARD}{name}"))
        base = base.join(column, on=keys, how="left", nulls_equal=True, maintain_order="left")
    rewards = tuple(f"{REWARD}{name}" for name in names)
    return base, layout.overridden({"rewards": rewards, "reward_model": None, "score": None, "identifier": ()})
