"""Every reader gives the same table of the same set, and the numbers that the set is known to have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flatscape.audit.formats.register import FORMATS
from flatscape.audit.reading import read_scored
from flatscape.audit.reading.scored_table import ScoredTable
from tests.flatscape.audit.reading.written_files import (
    COMPLETIONS,
    PROMPTS,
    RM_A,
    RM_B,
    TRUTH,
    WRITTEN,
    Written,
    flat,
    long_frame,
)
from theory.errors import InvalidInputError

GROUPS = [0, 0, 0, 1, 1]


def rounded_rewards(table: ScoredTable) -> list[list[Any]]:
    return [table.frame[name].to_list() for name in table.rewards]


@pytest.mark.parametrize("written", WRITTEN, ids=lambda w: w.name)
def test_every_format_gives_the_same_table(written: Written, tmp_path: Path) -> None:
    table = read_scored(written.write(tmp_path), **written.keywords)
    frame = table.frame
    assert frame["group"].to_list() == GROUPS
    assert frame.schema["group"] == pl.UInt32
    assert rounded_rewards(table) == [list(RM_A), list(RM_B)]
    assert frame["truth"].to_list() == list(TRUTH)
    assert frame["prompt"].to_list() == (list(PROMPTS) if written.prompts else [None] * 5)
    assert frame["completion"].to_list() == (list(COMPLETIONS) if written.completions else [None] * 5)
    assert table.group_key
    assert table.rows_read == 5 + sum(e.count for e in table.exclusions)


def test_the_set_has_its_known_variances(tmp_path: Path) -> None:
    table = read_scored(flat())
    variances = table.frame.group_by("group", maintain_order=True).agg(pl.col("rm_a", "rm_b").var())
    assert variances["rm_a"].to_list() == pytest.approx([1 / 3, 0])
    assert variances["rm_b"].to_list() == pytest.approx([0.1633333333, 0.08])


def test_names_of_formats_are_unique() -> None:
    names = [format.name for format in FORMATS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("trl", "TRL"),
        ("verl legacy", "step and input"),
        ("verl v1", "uid"),
        ("verifiers", "verifiers"),
        ("prime-rl", "prime-rl"),
        ("open-instruct scores", "completion_scores"),
        ("open-instruct rollouts", "rollouts"),
        ("RewardBench 2", "RewardBench 2"),
        ("RM-Bench", "RM-Bench"),
        ("PPE", "PPE"),
        ("SkyRL", "SkyRL"),
        ("NeMo-RL", "NeMo-RL"),
        ("inspect", "inspect"),
        ("csv", "flat"),
        ("wide csv", "wide"),
        ("long csv", "long"),
    ],
)
def test_the_format_is_said(name: str, format: str, tmp_path: Path) -> None:
    written = next(w for w in WRITTEN if w.name == name)
    assert format in read_scored(written.write(tmp_path), **written.keywords).format


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("csv", ("prompt",)),
        ("trl", ("step", "prompt")),
        ("verl legacy", ("step", "input")),
        ("open-instruct rollouts", ("step", "prompt_idx")),
        ("inspect", ("eval_id", "id")),
    ],
)
def test_the_key_of_groups_is_said(name: str, key: tuple[str, ...], tmp_path: Path) -> None:
    written = next(w for w in WRITTEN if w.name == name)
    assert read_scored(written.write(tmp_path), **written.keywords).group_key == key


def test_rows_of_a_group_stand_side_by_side_in_the_order_of_first_occurrence() -> None:
    table = read_scored(flat()[[3, 0, 4, 1, 2]])
    assert table.frame["group"].to_list() == [0, 0, 1, 1, 1]
    assert table.frame["completion"].to_list() == ["b0", "b1", "a0", "a1", "a2"]


def test_further_columns_of_trainers_are_read() -> None:
    frame = flat().with_columns(
        pl.lit(-1.5).alias("logprob"), pl.lit(2).alias("weight"), pl.lit("0.5").alias("advantage"), policy=pl.lit("p")
    )
    table = read_scored(frame)
    assert table.rewards == ("rm_a", "rm_b")
    for name, value in {"logprob": -1.5, "weight": 2.0, "advantage": 0.5, "policy": "p"}.items():
        assert table.frame[name].to_list() == [value] * 5


def test_columns_of_numbers_that_are_no_rewards_are_passed_over_and_told() -> None:
    names = ("step", "idx", "completion_length", "is_truncated", "logprobs_mean", "seed", "num_tokens")
    frame = flat().with_columns(pl.lit(1).alias(name) for name in names)
    table = read_scored(frame)
    assert table.rewards == ("rm_a", "rm_b")
    assert any("completion_length" in warning and "seed" in warning for warning in table.warnings)
    assert read_scored(frame, rewards=["seed"]).rewards == ("seed",)


def test_what_is_missing_is_unscored_and_never_zero() -> None:
    scores = ["1.0", "", "N/A", "nan", "None", "2", " 3e0 ", "0"]
    table = read_scored({"prompt": ["a"] * 8, "rm": scores})
    assert table.frame["rm"].to_list() == [1.0, None, None, None, None, 2.0, 3.0, 0.0]
    assert not table.exclusions
    assert any("4 of 8 completions are unscored" in warning for warning in table.warnings)


def test_nan_and_none_in_parquet_are_unscored(tmp_path: Path) -> None:
    pl.DataFrame({"prompt": ["a"] * 4, "rm": [1.0, float("nan"), None, 0.0]}).write_parquet(tmp_path / "x.parquet")
    assert read_scored(tmp_path / "x.parquet").frame["rm"].to_list() == [1.0, None, None, 0.0]


@pytest.mark.parametrize(
    "error", [[None, "Timeout", "", None], [[], ["Timeout"], [], None], [{}, {"type": "x"}, None, None]]
)
def test_a_row_with_an_error_is_unscored(error: list[Any]) -> None:
    rows = [{"prompt": "a", "rm": float(i % 2 - 1), "error": e} for i, e in enumerate(error)]
    for source in (rows, pl.DataFrame(rows, strict=False)):
        table = read_scored(source)
        assert table.frame["rm"].to_list() == [-1.0, None, -1.0, 0.0]
        assert [(e.count, "did not run" in e.reason) for e in table.exclusions] == [(1, True)]


def test_the_reward_models_of_a_long_table_can_be_chosen(tmp_path: Path) -> None:
    assert read_scored(long_frame(), rewards=["rm_b"]).rewards == ("rm_b",)
    written = next(w for w in WRITTEN if w.name == "RewardBench 2")
    assert read_scored(written.write(tmp_path), rewards="rm_b,rm_a").rewards == ("rm_b", "rm_a")
    with pytest.raises(InvalidInputError, match="rm_c"):
        read_scored(long_frame(), rewards=["rm_c"])


def test_arrow_and_a_list_of_frames() -> None:
    class Stream:
        """Only what the Arrow protocol asks for."""

        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return flat().__arrow_c_stream__(requested_schema)

    whole = read_scored(flat()).frame
    assert_frame_equal(read_scored(Stream()).frame, whole)
    assert_frame_equal(read_scored([flat()[:2], flat()[2:]]).frame, whole)


def test_a_frame_of_pandas_is_read() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(flat().to_dict(as_series=False))
    assert_frame_equal(read_scored(frame).frame, read_scored(flat()).frame)
    frame["rm_b"] = pandas.array([1, None, 2, 3, 4], dtype="Int64")
    assert read_scored(frame).frame["rm_b"].to_list() == [1.0, None, 2.0, 3.0, 4.0]
    with pytest.raises(InvalidInputError, match="several columns named 'rm_a'"):
        read_scored(pandas.concat([frame, frame[["rm_a"]]], axis=1))


def test_a_glob_reads_files_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    flat()[:3].write_csv(tmp_path / "part9.csv")
    flat()[3:].write_csv(tmp_path / "part10.csv")
    assert_frame_equal(read_scored(str(tmp_path / "part*.csv")).frame, read_scored(flat()).frame)


def test_a_file_whose_name_has_brackets_is_that_file(tmp_path: Path) -> None:
    flat().write_csv(tmp_path / "run[1].csv")
    flat().write_parquet(tmp_path / "run[1].parquet")
    assert read_scored(tmp_path / "run[1].csv").frame.height == 5
    assert read_scored(tmp_path / "run[1].parquet").frame.height == 5
