"""Symptoms of scores that do not mean what they seem to: rounding, filtering, cut-off logs, other policies."""

from __future__ import annotations

import polars as pl

from flatscape.audit.files.account import Account

FEW = 1000
"""Scores that are looked at before all are."""

FEWEST_SCORES = 20
"""Scores below which nothing is said about rounding: so few are multiples by accident."""

MOST_DECIMALS = 4
SINGLE, DOUBLE = 1.2e-7, 1e-15
"""Relative errors of numbers in these precisions."""

FEWEST_VALUES = 3
"""Different scores below which a reward is a verdict (0 or 1), which nobody has rounded."""

MOST_VALUES = 8
"""Different scores up to which some groups have to be of one score."""

EXPECTED = 5.0
"""Groups of one score that would have to be there: with so many expected, none is there with probability e^-5."""


def tell_symptoms(frame: pl.DataFrame, rewards: tuple[str, ...], account: Account) -> None:
    """Warns of what the scores of a table give away.

    **Arguments**: `frame`, the table with the columns `group`, those of `rewards`, and perhaps `truth` and `policy`.
    """
    for name in rewards:
        _tell_unscored(frame, name, account)
        _tell_rounding(frame[name], name, account)
        _tell_filtering(frame, name, account)
    if "truth" in frame.columns and (missing := frame["truth"].null_count()):
        account.warn(f"truth: {missing} of {frame.height} completions have none.")
    _tell_policies(frame, account)
    _tell_sizes(frame, account)
    _tell_repeats(frame, rewards, account)


def _tell_unscored(frame: pl.DataFrame, name: str, account: Account) -> None:
    scores = frame[name]
    if missing := scores.null_count():
        account.warn(f"{name}: {missing} of {frame.height} completions are unscored, which is not a score of 0.")
    if len(scores) - missing > 1 and scores.min() == scores.max():
        account.warn(f"{name}: all scores are {scores.drop_nulls()[0]:g}: it tells no completion from another.")


def _tell_rounding(scores: pl.Series, name: str, account: Account) -> None:
    there = scores.drop_nulls()
    if len(there) < FEWEST_SCORES:
        return
    first = there.head(FEW)
    largest = float(there.abs().max() or 0.0)  # type: ignore[arg-type]
    for decimals in range(MOST_DECIMALS + 1):
        size = max(largest, 1e-12) * 10.0**decimals
        # As far as single precision tells, where scores often come from; where it tells too little, double.
        off = SINGLE * size if SINGLE * size <= 0.01 else DOUBLE * size
        if all(_multiples(values * 10.0**decimals, off) for values in (first, there)) and _several(there):
            step = "whole numbers" if decimals == 0 else f"multiples of {10.0**-decimals:g}"
            account.warn(f"{name}: all {len(there)} scores are {step}: if they were rounded, some ties are false.")
            return


def _multiples(scaled: pl.Series, off: float) -> bool:
    return bool((scaled - scaled.round()).abs().max() <= off)  # type: ignore[operator]


def _several(scores: pl.Series) -> bool:
    return scores.n_unique() >= FEWEST_VALUES


def _tell_filtering(frame: pl.DataFrame, name: str, account: Account) -> None:
    """With as few different scores as this, groups of one score occur by chance, the more so as prompts differ."""
    if frame[name].head(FEW).n_unique() > MOST_VALUES + 1:
        return
    there = frame.filter(pl.col(name).is_not_null())
    counted = there[name].value_counts()
    if not 2 <= counted.height <= MOST_VALUES:
        return
    shares = (counted["count"] / there.height).to_list()
    groups = there.group_by("group").agg(
        pl.len().alias("size"), (pl.col(name).min() == pl.col(name).max()).alias("one")
    )
    groups = groups.filter(pl.col("size") >= 2)
    if groups["one"].any():
        return
    sizes = groups["size"].value_counts()
    expected = sum(n * sum(p**size for p in shares) for size, n in sizes.iter_rows())
    if expected >= EXPECTED:
        account.warn(
            f"{name}: none of {groups.height} groups has one score only, where at least {expected:.0f} would by "
            "chance: groups without a signal were left out before, and their share is not known."
        )


def _tell_policies(frame: pl.DataFrame, account: Account) -> None:
    if "policy" not in frame.columns or frame["policy"].n_unique() < 2:
        return
    mixed = frame.group_by("group").agg(pl.col("policy").n_unique().alias("n"))["n"]
    if (mixed > 1).any():
        account.warn("Completions of one group come from different policies: they are not on-policy for any of them.")
    else:
        account.warn("The table has completions of several policies, one a group.")


def _tell_sizes(frame: pl.DataFrame, account: Account) -> None:
    sizes = frame.group_by("group", maintain_order=True).len()["len"]
    usual = int(sizes.mode().max())  # type: ignore[arg-type]
    fewer = int((sizes < usual).sum())
    if singles := int((sizes == 1).sum()):
        account.warn(f"{singles} of {len(sizes)} groups have one completion: nothing is compared there.")
    if 0 < fewer <= len(sizes) // 2 and int((sizes == usual).sum()) * 2 > len(sizes):
        account.warn(
            f"{fewer} of {len(sizes)} groups have fewer than the usual {usual} completions: the log may be cut off, or "
            "some completions were left out."
        )


def _tell_repeats(frame: pl.DataFrame, rewards: tuple[str, ...], account: Account) -> None:
    if frame["completion"].null_count():
        return
    # Hashes of 64 bits: the number is told, and nothing is left out by it.
    hashes = [pl.col(c).hash(seed) for seed, c in enumerate(("group", "completion", *rewards))]
    repeated = frame.height - frame.select(pl.sum_horizontal(hashes).n_unique()).item()
    if repeated:
        account.warn(
            f"{repeated} of {frame.height} rows repeat the completion and the scores of another row of their group. "
            "They were kept, as a policy may say the same again; if a file is in the table twice, leave one out."
        )
