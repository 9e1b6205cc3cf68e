"""Laws of cost: how rows, ratios and exponents follow from what was measured."""

from __future__ import annotations

import argparse

import numpy as np
import polars as pl
import pytest

from benchmarks.scale import COLUMNS, Measured, compared, exponent, random_problems, rows_of_law, sizes
from tools.readme_tables import scale_table

LAW = [Measured(f"{n} outputs", n, 1000 // n, 0.5, 1e-6 * n * (1000 // n)) for n in (10, 100, 1000)]
FILES = [Measured(f"{n} problems", n, n, 3.0 * n**0.25, 2.0 * n**0.5, 100.0) for n in (1, 100, 10_000)]


def test_cost_in_proportion_to_outputs_is_a_ratio_of_one():
    assert [row[COLUMNS.index("ratio")] for row in rows_of_law(LAW, by_outputs=True)] == ["", "1x", "1x"]
    assert [row[COLUMNS.index("ratio")] for row in rows_of_law(FILES)] == ["", "10x", "100x"]
    assert [row[COLUMNS.index("ratio")] for row in rows_of_law(FILES, waited=True)][1] == "31.6x"
    assert rows_of_law(FILES)[1] == ["100 problems", "100", "9.49", "20", "10.5", "10x", "100", ""]


def test_exponents_are_slopes():
    assert exponent(LAW, of_problem=True) == pytest.approx(1)
    assert exponent(FILES, of_problem=False) == pytest.approx(0.5)


def test_results_that_differ_are_no_results():
    first = pl.DataFrame({"status": ["reached", "never"], "t_gamma": [1.0, None]})
    assert compared(first, first) == "the same bits"
    assert compared(first.with_columns(t_gamma=pl.Series([1 + 1e-12, None])), first) == "times to 1e-12"
    for other in ({"t_gamma": pl.Series([1.1, None])}, {"status": pl.Series(["reached", "censored"])}):
        with pytest.raises(SystemExit, match="differ"):
            compared(first.with_columns(**other), first)


def test_the_largest_sizes_are_asked_for():
    def asked(**options):
        return sizes(argparse.Namespace(**({"quick": False, "largest": None} | options)))

    assert [largest[-1] for largest in asked()] == [32_768, 65_536]
    assert [largest[-1] for largest in asked(largest="1e7")] == [10**6, 10**7]
    assert [largest[-1] for largest in asked(quick=True)] == [512, 8192]


def test_the_proxy_is_scaled_and_nothing_else():
    one, other = random_problems(3, 4), random_problems(3, 4, scale=0.25)
    np.testing.assert_array_equal(other.proxy_reward, one.proxy_reward / 4)
    np.testing.assert_array_equal(other.ground_truth_reward, one.ground_truth_reward)


def test_the_page_has_the_exponents():
    report = {"quick": True, "columns": ["case"], "rows": [["a"]], "exponents": {"seconds by size": 1.234}, "cores": 2}
    assert scale_table(report | {"load": None}).endswith("Exponents: seconds by size: 1.23. On 2 cores.")
    assert scale_table(report | {"load": 3.2}).endswith("On 2 cores, on which 3 processes ran or waited at its start.")
