"""The layout of a table: which of its columns has which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

REWARD = "scored by "
"""What stands before the name of a reward model in columns that a reader makes itself."""

Lists = Literal["explode", "sum", "only"]
"""What a list in the place of a score is: the scores of several completions, the parts of one score, or one score in
brackets."""


@dataclass(frozen=True)
class Layout:
    """Which column has which role, by name; None or () where none has it.

    - `group`: the columns that say which completions belong together; those that a table lacks are passed over.
    - `rewards`: columns of scores, also as patterns such as `score_*`; () for every column that could be one.
    - `reward_model` and `score`: in a long table, the column that names the reward model, and its score.
    - `group_size`: rows that stand together form groups of so many, if no column says which do.
    - `error`: the column that says why a completion was not scored.
    - `identifier`: the column that names a row, or () for none.
    - `lists`: what a list in the place of a score means.
    - `letters`: scores that are written as words.
    """

    group: tuple[str, ...] = ()
    prompt: str | None = None
    completion: str | None = None
    rewards: tuple[str, ...] = ()
    truth: str | None = None
    logprob: str | None = None
    weight: str | None = None
    advantage: str | None = None
    policy: str | None = None
    reward_model: str | None = None
    score: str | None = None
    error: str | None = None
    group_size: int | None = None
    identifier: tuple[str, ...] = ()
    lists: Lists = "explode"
    letters: Mapping[str, float] = field(default_factory=dict)

    def overridden(self, by: Mapping[str, object]) -> Layout:
        """The layout in which a person's own words replace what was found."""
        return replace(self, **by)  # type: ignore[arg-type]

    @property
    def texts(self) -> dict[str, str]:
        """Roles that hold text, with their columns."""
        return self._named("prompt", "completion", "policy")

    @property
    def numbers(self) -> dict[str, str]:
        """Roles that hold a number other than a score, with their columns."""
        return self._named("truth", "logprob", "weight", "advantage")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are used, once each."""
        single = (getattr(self, f.name) for f in fields(self) if f.name not in {"lists"})
        named = [v for v in single if isinstance(v, str)]
        return tuple(dict.fromkeys((*self.group, *named, *self.rewards, *self.identifier)))

    def _named(self, *roles: str) -> dict[str, str]:
        return {role: column for role in roles if (column := getattr(self, role)) is not None}


STANDARD = Layout(
    group=("group",), prompt="prompt", completion="completion", rewards=(f"{REWARD}*",), truth="truth", policy="policy"
)
"""The layout of rows that a reader has made from nested records."""


def shown_name(column: str) -> str:
    """The name of the reward model in a column."""
    return column.removeprefix(REWARD)
