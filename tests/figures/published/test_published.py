"""The paper's tables as data, and what follows from them by arithmetic, against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from figures.drawing.correlations import (
    correlation_of_average,
    exact_p_value,
    exact_p_value_of_mean,
    pearson,
    spearman,
)
from figures.figure import FigureData
from figures.published import arithmetic as published_arithmetic
from figures.published import correlations as published_correlations
from figures.published.implied_offset import implied_offset
from figures.published.tables import (
    CHARACTERISTICS,
    CORRELATIONS,
    TABLE_1,
    TABLE_2,
    TABLES_10_TO_12,
    PublishedTable,
    check_published,
    published,
    published_variances,
)
from theory.errors import InvalidInputError

Data = Callable[[str], FigureData]
TABLES = (*CHARACTERISTICS.values(), *CORRELATIONS.values(), TABLES_10_TO_12)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_load_and_name_their_source(table: PublishedTable) -> None:
    columns = published(table)
    assert {len(values) for values in columns.values()} == {table.rows}
    assert "arXiv 2503.15477" in table.source
    assert table.number in table.source
    with pytest.raises(ValueError, match="read-only"):
        columns[table.keys[0]][0] = columns[table.keys[0]][1]


def test_published_variances_are_those_of_table_1() -> None:
    assert published_variances()["100% on-policy"] == 0.63
    assert published_variances()["perfect accuracy, low reward variance"] == 0.111
    assert len(published_variances()) == 7


def _changed(**columns: object) -> dict[str, np.ndarray]:
    return {**published(TABLE_2), **{name: np.asarray(values) for name, values in columns.items()}}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"pearson_with_proxy_increase": [0.1, 0.2, 1.2, 0.3, 0.4]}, "from -1 to 1"),
        ({"pearson_with_proxy_increase": [0.1, 0.2, np.nan, 0.3, 0.4]}, "finite"),
        ({"pearson_with_proxy_increase": ["a", "b", "c", "d", "e"]}, "finite"),
        ({"property": ["one", "two", "two", "three", "four"]}, "name of its own"),
        ({"another": [1, 2, 3, 4, 5]}, "columns are"),
        ({name: values[:3] for name, values in published(TABLE_2).items()}, "5 rows"),
    ],
)
def test_a_spoilt_table_is_refused(columns: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        check_published(TABLE_2, _changed(**columns))


def test_correlations_agree_with_scipy_and_with_a_case_by_hand() -> None:
    # Deviations (-1.5, -0.5, 0.5, 1.5) and (-1, -2, 1, 2): 6 / sqrt(5 * 10).
    assert pearson([1, 2, 3, 4], [2.0, 1.0, 4.0, 5.0]) == pytest.approx(6 / np.sqrt(50))
    assert spearman([1, 2, 3, 4], [2.0, 1.0, 4.0, 5.0]) == pytest.approx(0.8)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 9)).round(1)
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert spearman([1, 2, 3], [1.0, 5.0, np.inf]) == pytest.approx(1)
    assert np.isnan(pearson([1, 1, 1], [1, 2, 3]))


def test_exact_p_values_by_hand() -> None:
    # Of 24 orders only the identity and its mirror reach |r| = 1.
    assert exact_p_value([1, 2, 3, 4], [1, 2, 3, 4]) == pytest.approx(2 / 24)
    # The least symmetric case: no other order is as extreme.
    assert exact_p_value([0, 0.1, 0.3, 4], [0, 0.1, 0.3, 4]) == pytest.approx(1 / 24)
    # Two groups that contradict each other: their mean is 0, as small as can be.
    assert exact_p_value_of_mean([([1, 2, 3], [1, 2, 3]), ([1, 2, 3], [3, 2, 1])]) == 1
    with pytest.raises(InvalidInputError, match="same things"):
        exact_p_value_of_mean([([1, 2, 3], [1, 2, 3]), ([1, 2, 3, 4], [1, 2, 3, 4])])
    with pytest.raises(InvalidInputError, match="8"):
        exact_p_value(np.arange(9.0), np.arange(9.0))


def test_the_correlation_of_an_average_needs_no_increases() -> None:
    rng = np.random.default_rng(1)
    properties, increase = rng.normal(size=(6, 3)), rng.normal(size=6)
    weights = np.array([0.5, 0.25, 0.25])
    singles = np.array([pearson(column, increase) for column in properties.T])
    assert correlation_of_average(properties, weights, singles) == pytest.approx(
        pearson(properties @ weights, increase)
    )


def test_averaged_rows_follow_from_the_others_for_six_models_as_measured(smoke_data: Data) -> None:
    data = smoke_data("published-correlations")
    printed = data.columns["printed"]
    shown = ~np.isnan(printed)
    assert shown.sum() == 20
    assert (data.columns["lowest"][shown] <= printed[shown] + 0.0005).all()
    assert (data.columns["highest"][shown] >= printed[shown] - 0.0005).all()


def test_no_other_reading_gives_what_is_printed() -> None:
    """Standardised first, or with the ground truth among the models, Table 2's last row would be another."""
    table, source = published(TABLE_2), published(TABLE_1)
    for count in (6, 7):
        properties = np.stack([source[name][:count] for name in published_correlations.COLUMNS], axis=1)
        for increase in published_correlations.INCREASES:
            column = table[f"pearson_with_{increase}_increase"]
            found = published_correlations.recomputed(properties, column[:3])
            right = abs(found["reward variance & accuracy"] - column[4])
            assert (right < 0.0015) == (count == 6)
            assert abs(found["standardised"] - column[4]) > 0.04


def test_published_spearman_correlations_are_those_of_six_things() -> None:
    for table in CORRELATIONS.values():
        for increase in ("proxy", "ground_truth"):
            values = 35 * published(table)[f"spearman_with_{increase}_increase"]
            assert (np.abs(values - np.rint(values)) < 0.035).all()


@pytest.mark.parametrize("number", CHARACTERISTICS)
def test_the_implied_offset_gives_the_flat_models_variance_back(number: int) -> None:
    columns = published(CHARACTERISTICS[number])
    variance, flat = (float(columns["reward_variance"][k]) for k in (-1, -2))
    rng = np.random.default_rng(number)
    between = rng.normal(implied_offset(variance, flat), np.sqrt(1 - variance), (200_000, 1))
    # Two outputs, equally likely, a standard deviation above and below the prompt's mean.
    reward = between + np.sqrt(variance) * np.array([1.0, -1.0])
    reward[:100_000] *= 0.001
    assert reward.var(axis=1).mean() / reward.var() == pytest.approx(flat, rel=0.01)


def test_no_offset_is_implied_by_a_variance_that_grows() -> None:
    assert implied_offset(0.3, 0.3) == 0
    with pytest.raises(InvalidInputError, match="flattened_variance"):
        implied_offset(0.3, 0.4)


def test_one_policy_by_hand(smoke_data: Data) -> None:
    data = smoke_data("published-arithmetic")
    about = {"policy": "Pythia-2.8B SFT", "algorithm": "RLOO"}
    (row,) = data.where(mark="correlation", property="reward variance", increase="proxy", **about)["pearson"]
    variance, proxy = np.array([0.419, 0.518, 0.527, 0.54]), np.array([0.331, 0.288, 0.384, 0.583])
    assert row == pytest.approx(np.corrcoef(variance, proxy)[0, 1])
    best = data.where(mark="best", **about)
    assert best["reward_model"].tolist() == ["GRM-Llama-3.2-3B"]
    assert best["runner_up"].tolist() == ["GRM-Gemma-2-2B"]
    assert best["lead_in_standard_errors"][0] == pytest.approx(0.027 / np.sqrt((0.011**2 + 0.005**2) / 3))


def test_the_best_teacher_changes_with_the_policy(smoke_data: Data) -> None:
    data = smoke_data("published-arithmetic")
    best = data.where(mark="best", algorithm="RLOO")["reward_model"].tolist()
    assert [best.count(name) for name in ("GRM-Llama-3.2-3B", "GRM-Gemma-2-2B", "RM-Tulu-V2-8B")] == [4, 1, 1]
    assert data.facts["groups"] == 9
    assert data.where(mark="correlation")["p_value"].min() >= 1 / 24
    assert set(published_arithmetic._MARKS) == set(data.values("reward_model", mark="published"))
