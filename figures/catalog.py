"""The register of figures; a figure's module is imported only when the figure is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from figures.figure import Figure

MODULES = {
    "plateau": "figures.plateau",
    "race": "figures.race",
    "crossover": "figures.crossover",
    "hitting-time-vs-variance": "figures.hitting_time_vs_variance",
    "flat-landscape": "figures.flat_landscape",
    "imperfect-rewards": "figures.imperfect_rewards",
    "bounds-reach": "figures.bounds_reach",
    "phase-diagram": "figures.phase_diagram",
    "theory-vs-practice": "figures.theory_vs_practice",
    "reward-scaling": "figures.reward_scaling",
    "table1-published": "figures.table1_published",
    "table2-published": "figures.table2_published",
    "tables-10-12-published": "figures.tables_10_12_published",
    "published-arithmetic": "figures.published_arithmetic",
}
"""The module of every figure, which declares it as `FIGURE`, in the order of the gallery."""


def check_ids(ids: Iterable[str]) -> None:
    """**Raises** `InvalidInputError` listing the known ids, for one that is not."""
    for id in ids:
        if id not in MODULES:
            raise InvalidInputError("figure", repr(id), f"Known figures: {', '.join(MODULES)}.")


def select_figures(ids: Iterable[str] = ()) -> tuple[Figure, ...]:
    """The figures of these ids, in the order of the register; all of them if none are named.

    **Raises** `InvalidInputError` listing the known ids.
    """
    wanted = list(ids)
    check_ids(wanted)
    return tuple(import_module(module).FIGURE for id, module in MODULES.items() if not wanted or id in wanted)
