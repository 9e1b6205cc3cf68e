"""The example of an audit is what the kept experiment says."""

import polars as pl
from polars.testing import assert_frame_equal

from figures.language_model.training_data import kept_training
from tools.keep_audit_example import EXAMPLE, audit_example


def test_the_example_is_made_from_the_kept_experiment() -> None:
    assert_frame_equal(pl.read_parquet(EXAMPLE), audit_example(kept_training().samples))
    assert EXAMPLE.stat().st_size < 2_000_000


def test_the_example_has_one_row_for_each_completion_of_the_initial_policy() -> None:
    samples = kept_training().samples
    found = audit_example(samples)
    wanted = samples.filter(pl.col("role") != "reward_model", source="initial policy")
    assert found.height == wanted.height
    assert found.columns[:4] == ["prompt", "completion", "truth", "logprob"]
    assert len(found.columns) == 4 + 7
    assert found.null_count().sum_horizontal().item() == 0
