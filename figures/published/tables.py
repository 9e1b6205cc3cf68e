"""The numbers that the paper prints, as package data: its Tables 1 to 12 (arXiv 2503.15477)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from figures.table import from_csv
from theory.errors import InvalidInputError

PAPER = "Razin et al., What Makes a Reward Model a Good Teacher? (arXiv 2503.15477)"
RUNS = 3
"""The training runs, over random seeds, behind every published mean and standard deviation of Tables 10 to 12."""

PROBABILITY, CORRELATION, POSITIVE, ANY = (0.0, 1.0), (-1.0, 1.0), (0.0, np.inf), (-np.inf, np.inf)


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """A table of the paper, or several of one shape.

    **Fields**

    - `name`: the stem of its file in `figures/data`; `number`: what the paper calls it; `about`: what it holds.
    - `keys`: the columns of text, or of table numbers, that name a row together.
    - `ranges`: the columns of numbers, each with its smallest and largest possible value.
    - `rows`: how many there are.
    """

    name: str
    number: str
    about: str
    keys: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]
    rows: int

    @property
    def source(self) -> str:
        """The paper and the number of the table."""
        return f"{PAPER}, {self.number}"


def _characteristics(number: int, policy: str) -> PublishedTable:
    return PublishedTable(
        name=f"table_{number}",
        number=f"Table {number}",
        about=f"reward variance and accuracy of seven reward models under {policy}",
        keys=("reward_model",),
        ranges={"reward_variance": POSITIVE, "on_policy_accuracy": PROBABILITY, "off_policy_accuracy": PROBABILITY},
        rows=7,
    )


def _correlations(number: int, policy: str) -> PublishedTable:
    return PublishedTable(
        name=f"table_{number}",
        number=f"Table {number}",
        about=f"correlation of properties of reward models with the increases of reward after one epoch of {policy}",
        keys=("property",),
        ranges={
            f"{coefficient}_with_{increase}_increase": CORRELATION
            for increase in ("proxy", "ground_truth")
            for coefficient in ("pearson", "spearman")
        },
        rows=5,
    )


_POLICIES = {
    1: "Pythia-2.8B",
    3: "Pythia-1B",
    5: "Pythia-1B tuned on the reward models' training set",
    7: "Pythia-1B, with another ground truth",
}
CHARACTERISTICS = {number: _characteristics(number, policy) for number, policy in _POLICIES.items()}
"""Tables 1, 3, 5 and 7."""

CORRELATIONS = {number + 1: _correlations(number + 1, policy) for number, policy in _POLICIES.items()} | {
    9: _correlations(9, "Pythia-1B, with reward models normalised by variance")
}
"""Tables 2, 4, 6, 8 and 9."""

PROPERTIES_OF = {2: 1, 4: 3, 6: 5, 8: 7, 9: 3}
"""The table of characteristics behind each table of correlations (Appendix E.1)."""

TABLE_1, TABLE_2 = CHARACTERISTICS[1], CORRELATIONS[2]
TABLES_10_TO_12 = PublishedTable(
    name="tables_10_11_12",
    number="Tables 10, 11 and 12",
    about="increases of reward after training, by initial policy, reward model and algorithm",
    keys=("table", "algorithm", "policy", "reward_model"),
    ranges={
        "ground_truth_increase": ANY,
        "ground_truth_increase_std": POSITIVE,
        "proxy_increase": ANY,
        "proxy_increase_std": POSITIVE,
        "reward_variance": POSITIVE,
        "on_policy_accuracy": PROBABILITY,
        "off_policy_accuracy": PROBABILITY,
    },
    rows=36,
)


@cache
def published(table: PublishedTable) -> dict[str, np.ndarray]:
    """The columns of a table, in the paper's order of rows.

    **Raises** `InvalidInputError` for a file that is not what the table says (see `check_published`).
    """
    columns = from_csv((files("figures") / "data" / f"{table.name}.csv").read_text(encoding="utf-8"))
    check_published(table, columns)
    for values in columns.values():
        values.setflags(write=False)
    return columns


def check_published(table: PublishedTable, columns: Mapping[str, np.ndarray]) -> None:
    """**Raises** `InvalidInputError` for other columns or another number of rows, for two rows of one name, and for
    numbers that are missing or out of their range."""
    name = f"figures/data/{table.name}.csv"
    expected = [*table.keys, *table.ranges]
    if list(columns) != expected:
        raise InvalidInputError(name, f"columns {', '.join(columns)}", f"Its columns are {', '.join(expected)}.")
    rows = list(zip(*(columns[key].tolist() for key in table.keys), strict=True))
    if len(rows) != table.rows:
        raise InvalidInputError(name, f"{len(rows)} rows", f"{table.number} of the paper has {table.rows} rows.")
    if len(set(rows)) < len(rows):
        repeated = next(row for row in rows if rows.count(row) > 1)
        raise InvalidInputError(name, f"two rows of {repeated}", "Every row has a name of its own.")
    for column, (smallest, largest) in table.ranges.items():
        values = columns[column]
        if (
            values.dtype.kind not in "if"
            or not ((values >= smallest) & (values <= largest) & np.isfinite(values)).all()
        ):
            raise InvalidInputError(
                name, f"{column} = {values.tolist()}", f"Give finite numbers from {smallest:g} to {largest:g}."
            )


def published_variances() -> dict[str, float]:
    """The reward variances of Table 1 by reward model, under the initial policy of the paper's main experiment."""
    columns = published(TABLE_1)
    return dict(zip(columns["reward_model"].tolist(), map(float, columns["reward_variance"]), strict=True))
