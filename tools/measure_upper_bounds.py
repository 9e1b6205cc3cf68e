"""The distance of upper bounds on hitting times from the truth over their own hypotheses: the paper's and ours.

Run as `make readme` does; writes out/upper-bounds.json, from which docs/sharpened.md has its table.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import jax
import numpy as np

from proofs_check.instances import tabular_families as families
from proofs_check.ledger.ledger import versions, write_json
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from theory.instances.tabular import HittingTimeInstance
from theory.statements.register import find_statement

OUT = Path(__file__).resolve().parents[1] / "out" / "upper-bounds.json"
SEED = 0
OUTPUTS = (3, 8)
PROBLEMS = {False: 10_000, True: 1_000}
"""Of each number of outputs, without and with a KL coefficient."""

QUANTILES = (0.01, 0.5, 0.99)
PAIRS: dict[str, tuple[str, Callable[..., families.Family]]] = {
    "thm5-fast": ("s-thm5-fast", partial(families.theorem_5_problems, fast=True)),
    "thm6-fast": ("s-thm6-fast", families.theorem_6_problems),
    "prop4": ("s-prop4", families.proposition_4_problems),
}
"""The paper's statement, ours, and the family on which the hypotheses of both can hold."""


def measured() -> list[dict[str, object]]:
    """One row per statement: its id, quantiles of bound over truth, and the number of instances."""
    rows = []
    for paper, (ours, make) in PAIRS.items():
        statements = [find_statement(id) for id in (paper, ours)]
        evaluate = jax.jit(lambda i, chosen=tuple(statements): [(s.applies(i), s.sides(i).larger) for s in chosen])
        ratios: list[list[np.ndarray]] = [[], []]
        rng = np.random.default_rng(SEED)
        for outputs in OUTPUTS:
            for regularized, count in PROBLEMS.items():
                family = make(rng, count, outputs, regularized=regularized)
                hitting = hitting_times(family.problem, family.increase)
                reached = np.asarray(hitting.status) == Status.REACHED
                instance = HittingTimeInstance(
                    problem=family.problem, increase=family.increase, hitting_time=hitting.time
                )
                for found, (applies, bound) in zip(ratios, evaluate(instance), strict=True):
                    usable = np.asarray(applies) & reached
                    found.append((np.asarray(bound) / np.asarray(hitting.time))[usable])
        for statement, found in zip(statements, ratios, strict=True):
            ratio = np.concatenate(found)
            quantiles = [float(q) for q in np.quantile(ratio, QUANTILES)]
            rows.append({"statement": statement.id, "quantiles": quantiles, "instances": int(ratio.size)})
    return rows


def main() -> None:
    """Measures and writes."""
    with jax.enable_x64(True):
        rows = measured()
    record = {"seed": SEED, "outputs": OUTPUTS, "probabilities": QUANTILES, "rows": rows, "versions": versions()}
    write_json(OUT, record)


if __name__ == "__main__":
    main()
