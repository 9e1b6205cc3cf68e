"""Formats that are not of the six kinds, and the traps of those that are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flatscape.audit.reading import read_scored
from tests.flatscape.audit.reading.written_files import flat, write_lines
from theory.errors import InvalidInputError

ULTRAFEEDBACK = {
    "instruction": "q",
    "completions": [
        {
            "model": f"m{i}",
            "response": f"r{i}",
            "overall_score": score,
            "annotations": {"helpfulness": {"Rating": rating}, "honesty": {"Rating": "3"}},
        }
        for i, (score, rating) in enumerate([(7.5, "4"), (2.0, "N/A"), (9.0, "5"), (1.0, "1")])
    ],
}


def test_ultrafeedback_is_never_on_policy_and_its_ratings_are_texts(tmp_path: Path) -> None:
    table = read_scored(write_lines(tmp_path / "x.jsonl", [ULTRAFEEDBACK]))
    assert table.frame["helpfulness"].to_list() == [4.0, None, 5.0, 1.0]
    assert table.frame["overall_score"].to_list() == [7.5, 2.0, 9.0, 1.0]
    assert table.frame["policy"].to_list() == ["m0", "m1", "m2", "m3"]
    assert any("not on-policy" in warning for warning in table.warnings)


def test_ultrafeedback_in_parquet_is_the_same(tmp_path: Path) -> None:
    pl.DataFrame([ULTRAFEEDBACK]).write_parquet(tmp_path / "x.parquet")
    assert read_scored(tmp_path / "x.parquet").frame.equals(read_scored([ULTRAFEEDBACK, ULTRAFEEDBACK][:1]).frame)


def test_nectar_scores_are_minus_the_rank() -> None:
    answers = [{"answer": f"a{i}", "model": f"m{i}", "rank": rank} for i, rank in enumerate((2.0, 1.0, 3.0))]
    table = read_scored([{"prompt": "q", "answers": answers}])
    assert table.frame["minus_rank"].to_list() == [-2.0, -1.0, -3.0]
    assert any("not on-policy" in warning for warning in table.warnings)


def test_helpsteer2_has_five_rewards_and_two_rows_a_prompt() -> None:
    scores = dict.fromkeys(("helpfulness", "correctness", "coherence", "complexity", "verbosity"), 3)
    table = read_scored([{"prompt": "q", "response": "a", **scores}, {"prompt": "q", "response": "b", **scores}])
    assert len(table.rewards) == 5
    assert table.group_key == ("prompt",)
    assert any("not on-policy" in warning for warning in table.warnings)


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "q", "chosen": "a", "rejected": "b", "score_chosen": 2.0, "score_rejected": "1.0"},
        {"prompt": "q", "text_chosen": "a", "text_rejected": "b", "scores_chosen": [2.0], "scores_rejected": [1.0]},
        {
            "prompt": "q",
            "chosen": "a",
            "rejected": "b",
            "chosen_score": {"score": 2.0},
            "rejected_score": {"score": 1.0},
        },
        {
            "chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
            "rejected": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "b"}],
            "chosen_reward": 2,
            "rejected_reward": 1,
        },
    ],
)
def test_pairs_are_two_rows_of_which_the_chosen_is_true(record: dict[str, Any]) -> None:
    table = read_scored([record, {**record, "prompt": "other"}])
    assert table.frame["score"].to_list() == [2.0, 1.0] * 2
    assert table.frame["truth"].to_list() == [1.0, 0.0] * 2
    assert table.frame["completion"].to_list() == ["a", "b"] * 2
    assert table.frame["prompt"][0] == "q"
    assert any("not on-policy" in warning for warning in table.warnings)


def test_llama_factory_has_scores_and_no_texts(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "generated_predictions.jsonl", [{"chosen": 1.25, "rejected": "-0.5"}] * 2)
    table = read_scored(path)
    assert "LLaMA-Factory" in table.format
    assert table.frame["score"].to_list() == [1.25, -0.5] * 2
    assert table.frame["group"].to_list() == [0, 0, 1, 1]
    assert any("two decimals" in warning for warning in table.warnings)


def test_several_reward_models_of_pairs() -> None:
    record = {"prompt": "q", "chosen": "a", "rejected": "b"}
    scores = {"chosen_score": {"rm_a": 1.0, "rm_b": 0.0}, "rejected_score": {"rm_a": 0.0, "rm_b": 1.0}}
    table = read_scored([{**record, **scores}])
    assert table.rewards == ("rm_a", "rm_b")
    assert table.frame["rm_b"].to_list() == [0.0, 1.0]


def test_a_rollout_that_ended_in_an_error_is_unscored() -> None:
    records = [
        {"example_id": 0, "prompt": "q", "completion": f"a{i}", "reward": reward, "error": error}
        for i, (reward, error) in enumerate([(1.0, None), (0.0, {"error": "TimeoutError"}), (0.0, None)])
    ]
    table = read_scored(records)
    assert table.frame["reward"].to_list() == [1.0, None, 0.0]
    (exclusion,) = table.exclusions
    assert exclusion.count == 1
    assert "did not run" in exclusion.reason


def test_a_trace_that_is_not_ok_is_unscored_and_weights_make_the_reward() -> None:
    def episode(ok: bool, score: float) -> dict[str, Any]:
        rewards = {"style": {"score": score, "weight": 2.0}, "math": {"score": 1.0, "weight": 1.0}}
        return {"group": {"id": 1}, "traces": [{"ok": ok, "rewards": rewards, "errors": ["an earlier attempt"]}]}

    table = read_scored(
        [episode(True, 0.5), episode(False, 0.0), episode(True, 1.0), {"group": {"id": 1}, "traces": []}]
    )
    assert table.rewards == ("reward", "style", "math")
    assert table.frame["reward"].to_list() == [2.0, None, 3.0]
    assert {e.count for e in table.exclusions} == {1}


def test_traces_of_one_line_each_are_grouped_by_their_task() -> None:
    traces = [{"task": {"data": {"id": t}}, "nodes": [], "rewards": {"r": float(i)}} for i, t in enumerate("aabb")]
    assert read_scored(traces).frame["group"].to_list() == [0, 0, 1, 1]


def test_a_folder_of_effective_episodes_is_told_and_is_not_read_beside_all(tmp_path: Path) -> None:
    records = [{"group": {"id": 1}, "traces": [{"ok": True, "rewards": {"r": float(i)}}]} for i in range(2)]
    write_lines(tmp_path / "step_1" / "effective" / "traces.jsonl", records)
    assert any("effective" in warning for warning in read_scored(tmp_path).warnings)
    write_lines(tmp_path / "step_1" / "all" / "traces.jsonl", records)
    table = read_scored(tmp_path)
    assert table.frame.height == 2
    assert any("not read" in warning for warning in table.warnings)


def test_uids_that_begin_anew_in_each_step_are_keyed_by_the_step(tmp_path: Path) -> None:
    for step in (1, 2):
        records = [{"uid": f"0_{i}_0", "input": "q", "output": "a", "score": float(i)} for i in range(2)]
        write_lines(tmp_path / f"{step}.jsonl", records)
    table = read_scored(tmp_path)
    assert table.frame["group"].to_list() == [0, 0, 1, 1]
    assert table.group_key[0] == "step"
    assert not table.exclusions


def test_uids_of_another_kind_name_rows_of_their_own() -> None:
    rows = [{"uid": f"online-{i}", "input": "q", "output": f"a{i}", "score": float(i)} for i in range(2)]
    with pytest.raises(InvalidInputError, match="one scored completion in each group"):
        read_scored(rows)
    assert read_scored(rows, mapping={"group": "input"}).frame.height == 2


def test_an_opaque_reward_of_verl_that_varies_from_step_to_step_is_read(tmp_path: Path) -> None:
    rows = [{"input": "q", "output": "a", "gts": "7", "score": i, "step": 1} for i in range(2)]
    write_lines(tmp_path / "1.jsonl", rows)
    write_lines(tmp_path / "2.jsonl", [{**row, "step": 2, "acc": True} for row in rows])
    table = read_scored(tmp_path)
    assert table.rewards == ("score", "acc")
    assert table.frame["acc"].to_list() == [None, None, 1.0, 1.0]


def test_the_reference_completion_of_open_instruct_is_left_out_and_told_but_no_fault() -> None:
    records = [
        {
            "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": text}],
            "model_completion": text,
            "reference_completion": "ref",
            "score": {"org/rm-1.0": float(i)},
        }
        for i, text in enumerate(("ref", "a", "b"))
    ]
    table = read_scored(records, strict=True)
    assert table.rewards == ("org/rm-1.0",)
    assert table.frame["completion"].to_list() == ["a", "b"]
    assert table.exclusions[0].count == 1


def test_log_probabilities_of_tokens_are_summed() -> None:
    records = [
        {"step": 1, "prompt_idx": 0, "reward": float(i), "logprobs": [-1.0, -0.5 * i], "advantage": 0.0}
        for i in range(2)
    ]
    table = read_scored(records)
    assert table.frame["logprob"].to_list() == [-1.0, -1.5]
    assert any("zero" in warning or "filter" in warning for warning in table.warnings)


def test_rows_of_nemo_rl_need_the_size_of_groups() -> None:
    rows = [{"idx": i, "content": f"c{i}", "rewards": [float(i % 2)]} for i in range(4)]
    with pytest.raises(InvalidInputError, match="group_size"):
        read_scored(rows)
    assert read_scored(rows, mapping={"group_size": "2"}).frame["group"].to_list() == [0, 0, 1, 1]


def test_reward_bench_2_files_with_different_texts_are_joined_by_place(tmp_path: Path) -> None:
    for model in ("x/a", "x/b"):
        columns = {
            "id": ["1"],
            "text": [[f"{model} 0", "1"]],
            "scores": [[0.5, 0.25]],
            "num_correct": [1],
            "model": model,
        }
        (tmp_path / f"{model[-1]}.json").write_text(json.dumps(columns))
    table = read_scored(tmp_path)
    assert table.rewards == ("x/a", "x/b")
    assert table.frame["x/b"].to_list() == [0.5, 0.25]
    assert table.frame["completion"][0] == "x/a 0"


def test_a_mapping_reads_any_flat_table() -> None:
    frame = flat().rename({"prompt": "frage", "completion": "antwort", "truth": "wahr"})
    roles = {"prompt": "frage", "completion": "antwort", "reward": "rm_b,rm_a", "truth": "wahr"}
    table = read_scored(frame, mapping=roles)
    assert table.rewards == ("rm_b", "rm_a")
    assert table.frame["completion"].to_list() == ["a0", "a1", "a2", "b0", "b1"]
    assert table.frame["truth"].to_list() == [1.0, 0.0, 0.0, 1.0, 0.0]
    assert table.group_key == ("frage",)


def test_a_mapping_reads_any_long_table() -> None:
    frame = flat().unpivot(["rm_a", "rm_b"], index=["prompt", "completion"], variable_name="wer", value_name="was")
    table = read_scored(frame, mapping={"reward_model": "wer", "score": "was"})
    assert table.frame["rm_b"].to_list() == [0.9, 0.1, 0.4, 0.2, 0.6]
    with pytest.raises(InvalidInputError, match="rm_c"):
        read_scored(frame, mapping={"reward_model": "wer", "score": "was", "reward": "rm_c"})


def test_completions_that_a_policy_repeats_stay_apart_in_a_long_table() -> None:
    rows = [("q", "same", rm, score) for score in (0.0, 1.0) for rm in ("x", "y")]
    table = read_scored(pl.DataFrame(rows, schema=["prompt", "completion", "reward_model", "score"], orient="row"))
    assert table.frame["x"].to_list() == [0.0, 1.0]
    assert table.frame.height == 2


def test_letters_of_inspect_are_numbers_and_explanations_are_none() -> None:
    rows = [{"id": "s", "epoch": i, "score_x": score, "score_x_explanation": "so"} for i, score in enumerate("CIPN")]
    table = read_scored(rows)
    assert table.rewards == ("score_x",)
    assert table.frame["score_x"].to_list() == [1.0, 0.0, 0.5, 0.0]


def test_tables_as_pandas_writes_them(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(",prompt,completion,rm\n0,a,x,1\n\n1,a,y,2\n")
    assert read_scored(tmp_path / "rows.csv").frame["rm"].to_list() == [1.0, 2.0]
    (tmp_path / "lists.csv").write_text("prompt,completion,rm\na,\"['x', 'y']\",\"[1, 2]\"\n")
    table = read_scored(tmp_path / "lists.csv")
    assert table.frame["completion"].to_list() == ["x", "y"]
    assert table.frame["rm"].to_list() == [1.0, 2.0]
    frame = pl.DataFrame({"prompt": ["a", "a"], "rm": ["1", "2"]}, schema_overrides={"rm": pl.Categorical})
    assert read_scored(frame).frame["rm"].to_list() == [1.0, 2.0]


def test_a_prompt_without_scores_is_unscored_and_one_without_completions_is_left_out() -> None:
    texts = ["x", "y"]
    rows = [
        {"prompt": p, "completions": c, "rm": s}
        for p, c, s in (("a", texts, [1, 2]), ("b", texts, None), ("c", [], []))
    ]
    table = read_scored(rows)
    assert table.frame["rm"].to_list() == [1.0, 2.0, None, None]
    assert [(e.reason, e.count) for e in table.exclusions] == [("a prompt without completions", 1)]


def test_what_was_left_out_is_told_where_nothing_is_left() -> None:
    with pytest.raises(InvalidInputError, match="rm: not a number"):
        read_scored({"prompt": ["a", "a"], "rm": ["1,5", "2.5"]})


def test_messages_are_texts() -> None:
    user, assistant = (
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
    )
    rows = [{"prompt": [user], "completion": [assistant], "rm": float(i)} for i in range(2)]
    table = read_scored(rows)
    assert table.frame["prompt"].to_list() == ["q", "q"]
    assert table.frame["completion"].to_list() == ["a", "a"]
    with_frames = read_scored(pl.DataFrame(rows))
    assert with_frames.frame["completion"].to_list() == ["a", "a"]
