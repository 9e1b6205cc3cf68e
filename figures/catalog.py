"""The register of figures; a figure's module is imported only when the figure is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from theory.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from figures.figure import Figure

CHAPTERS: dict[str, dict[str, str]] = {
    "The theory at work": {
        "plateau": "figures.theorems.plateau",
        "race": "figures.theorems.race",
        "crossover": "figures.theorems.crossover",
        "best-teacher": "figures.theorems.best_teacher",
        "hitting-time-vs-variance": "figures.theorems.hitting_time_vs_variance",
        "flat-landscape": "figures.theorems.flat_landscape",
        "imperfect-rewards": "figures.theorems.imperfect_rewards",
        "bounds-reach": "figures.theorems.bounds_reach",
        "envelope": "figures.theorems.envelope",
        "which-optimiser-escapes": "figures.theorems.which_optimiser_escapes",
    },
    "The paper's figures, in miniature": {f"fig{number}": f"figures.paper.fig{number}" for number in range(1, 15)},
    "The paper's tables, in miniature": {f"table{number}": f"figures.paper.table{number}" for number in range(1, 13)},
    "Where the theory stops predicting practice": {
        "regimes": "figures.practice.regimes",
        "best-of-n": "figures.practice.best_of_n",
        "phase-diagram": "figures.practice.phase_diagram",
        "theory-vs-practice": "figures.practice.theory_vs_practice",
        "reward-scaling": "figures.practice.reward_scaling",
        "audit-calibration": "figures.practice.audit_calibration",
    },
    "A real language model": {
        "lm-landscape": "figures.language_model.landscape",
        "lm-hitting-times": "figures.language_model.hitting_times",
        "lm-fig2": "figures.language_model.training.curves",
        "lm-table1": "figures.language_model.training.characteristics",
        "lm-table2": "figures.language_model.training.correlation_table",
        "lm-effects": "figures.language_model.training.effect_table",
    },
    "What follows from the paper's own numbers": {
        "published-correlations": "figures.published.correlations",
        "published-arithmetic": "figures.published.arithmetic",
    },
}
"""The figures by the chapters of the gallery: the module of each, which declares it as `FIGURE`."""

MODULES = {id: module for chapter in CHAPTERS.values() for id, module in chapter.items()}
"""The module of every figure, in the order of the gallery."""


def check_ids(ids: Iterable[str]) -> None:
    """**Raises** `InvalidInputError` listing the known ids, for one that is not."""
    for id in ids:
        if id not in MODULES:
            meant = did_you_mean(id, MODULES)
            raise InvalidInputError("figure", repr(id), f"{meant}Known figures: {', '.join(MODULES)}.")


def select_figures(ids: Iterable[str] = ()) -> tuple[Figure, ...]:
    """The figures of these ids, in the order of the register; all of them if none are named.

    **Raises** `InvalidInputError` listing the known ids.
    """
    wanted = list(ids)
    check_ids(wanted)
    return tuple(_figure(id) for id in MODULES if not wanted or id in wanted)


def _figure(id: str) -> Figure:
    return replace(import_module(MODULES[id]).FIGURE, id=id, module=MODULES[id])
