"""Configurations: every key of the file is read, and what is wrong is named before anything is computed."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sims.llm.experiment.config import WORD_MODEL, Course, ExperimentConfig, config_from, read_config
from sims.llm.experiment.presets import FULL, QUICK
from sims.llm.experiment.reward_choice import RewardChoice
from sims.llm.training.settings import TrainingSettings
from theory.errors import InvalidInputError

EXAMPLE = """
[model]
path = "word model"
precision = "bfloat16"

[prompts]
file = "prompts.txt"
reward_model = 3
taught = 2
held_out = 1

[initial]
completions = 5
off_policy_completions = 4
off_policy_prefix = "Once upon a time. "

[truth]
kind = "vader"

[[reward]]
name = "ground truth"
kind = "vader"

[[reward]]
name = "squashed"
kind = "squashed"
factor = 0.5

[[reward]]
name = "mine"
kind = "python"
function = "operator:add"
timeout = 5
on_failure = "drop"

[training]
steps = 7
prompts_per_step = 2
max_tokens = 4
learning_rate = 1

[[course]]
rewards = ["ground truth", "squashed"]
seeds = [0, 4]

[[course]]
rewards = ["mine"]
method = "grpo"
group = 4
rows_at_once = 8
"""
PROMPTS = "the film\n\n  \nmy day\nthis book\nwe had\nthe city\nthe doctor\n"


def example() -> dict[str, Any]:
    return tomllib.loads(EXAMPLE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prompts.txt").write_text(PROMPTS, encoding="utf-8")
    (tmp_path / "experiment.toml").write_text(EXAMPLE, encoding="utf-8")
    return tmp_path


def test_every_key_of_a_file_is_read(folder: Path) -> None:
    settings = TrainingSettings(steps=7, prompts_per_step=2, max_tokens=4, learning_rate=1.0)
    assert read_config(folder / "experiment.toml") == ExperimentConfig(
        model=WORD_MODEL,
        precision="bfloat16",
        prompts=("the film", "my day", "this book", "we had", "the city", "the doctor"),
        reward_model_prompts=3,
        taught_prompts=2,
        held_out_prompts=1,
        initial_completions=5,
        off_policy_completions=4,
        off_policy_prefix="Once upon a time. ",
        truth=RewardChoice("ground truth", "vader"),
        rewards=(
            RewardChoice("ground truth", "vader"),
            RewardChoice("squashed", "squashed", {"factor": 0.5}),
            RewardChoice("mine", "python", {"function": "operator:add", "timeout": 5, "on_failure": "drop"}),
        ),
        courses=(
            Course(("ground truth", "squashed"), (0, 4), settings),
            Course(("mine",), (0,), replace(settings, method="grpo", group=4, rows_at_once=8)),
        ),
    )


def test_runs_of_the_first_seeds_come_first(folder: Path) -> None:
    runs = read_config(folder / "experiment.toml").runs()
    assert [name for name, _, _ in runs] == [
        "ground-truth-rloo-lora-0",
        "squashed-rloo-lora-0",
        "mine-grpo-lora-0",
        "ground-truth-rloo-lora-4",
        "squashed-rloo-lora-4",
    ]
    assert [settings.seed for _, _, settings in runs] == [0, 0, 0, 4, 4]


@pytest.mark.parametrize("config", [FULL, QUICK])
def test_the_record_of_the_built_in_experiments_is_what_json_reads_again(config: ExperimentConfig) -> None:
    record = config.record()
    assert json.loads(json.dumps(record)) == record
    assert record["rewards"][2] == {"name": "squashed truth", "kind": "squashed", "factor": 0.05}
    assert len({name for name, _, _ in config.runs()}) == len(config.runs())


def test_the_record_of_a_file_is_what_json_reads_again(folder: Path) -> None:
    record = read_config(folder / "experiment.toml").record()
    assert json.loads(json.dumps(record)) == record
    assert record == read_config(folder / "experiment.toml").record()


def test_a_model_is_looked_for_beside_the_file(folder: Path) -> None:
    (folder / "model.gguf").write_bytes(b"")
    for path, wanted in (("model.gguf", str(folder / "model.gguf")), ("owner/name@0", "owner/name@0")):
        data = example() | {"model": {"path": path}}
        assert config_from(data, folder).model == wanted
    assert config_from({key: value for key, value in example().items() if key != "model"}, folder).model is None


CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown table", {"models": {}}, r"^config: got the key 'models'\. Did you mean model\? Known: course"),
    ("an unknown key of the model", {"model": {"name": "x"}}, r"^\[model\]: got the key 'name'\. Known: path, prec"),
    ("an unknown key of the prompts", {"prompts": {"test": 1}}, r"^\[prompts\]: got the key 'test'"),
    ("an unknown key of the samples", {"initial": {"each": 1}}, r"^\[initial\]: got the key 'each'"),
    ("an unknown key of the training", {"training": {"lr": 1}}, r"^\[training\]: got the key 'lr'\. Known: check"),
    ("an unknown key of a course", {"course": [{"lr": 1}]}, r"^\[\[course\]\]: got the key 'lr'\. Known: check"),
    ("a seed of the training", {"training": {"seed": 1}}, r"^\[training\]: got seed\. Give seeds to each"),
    ("steps in words", {"training": {"steps": "ten"}}, r"^\[training\] steps: got 'ten'\. Give a whole number"),
    ("half a step", {"training": {"steps": 10.5}}, r"^\[training\] steps: got 10\.5\. Give a whole number"),
    ("a step that is true", {"training": {"steps": True}}, r"^\[training\] steps: got True\. Give a whole number"),
    (
        "a rate in words",
        {"training": {"learning_rate": "fast"}},
        r"^\[training\] learning_rate: got 'fast'\. Give a number",
    ),
    ("steps of a course", {"course": [{"rewards": ["mine"], "steps": "ten"}]}, r"^\[\[course\]\] steps: got 'ten'"),
    ("a rate beyond numbers", {"training": {"learning_rate": 10**400}}, r"^\[training\] learning_rate: got 1000"),
    ("a rate below zero", {"training": {"learning_rate": -1.0}}, r"^learning_rate: got -1\.0"),
    ("a rate that is no number", {"training": {"learning_rate": float("nan")}}, r"^learning_rate: got nan"),
    ("an unknown method", {"training": {"method": "ppo"}}, r"^\[training\] method: got 'ppo'\. Give one of rloo, grpo"),
    ("a method that is a number", {"training": {"method": 3}}, r"^\[training\] method: got 3\. Give one of rloo, grpo"),
    ("rows that do not divide", {"training": {"rows_at_once": 7}}, r"^rows_at_once: got 7\. Give a divisor of the 32"),
    ("a table that is a number", {"model": 3}, r"^config: got model = 3\. Write it as the table \[model\]"),
    ("a course that is a table", {"course": {"rewards": ["mine"]}}, r"^config: got course\. Write each as \[\[cou"),
    ("no course", {"course": []}, r"^courses: got none"),
    ("no reward", {"reward": []}, r"^rewards: got \[\]\. Give at least one"),
    ("a reward without a name", {"reward": [{"kind": "vader"}]}, r"^\[\[reward\]\]: got no name"),
    ("a name that is a number", {"reward": [{"name": 1, "kind": "vader"}]}, r"^\[\[reward\]\] name: got 1\. Give a t"),
    ("a kind that is unknown", {"reward": [{"name": "a", "kind": "b"}]}, r"^kind: got 'b'\. Give one of vader"),
    ("a truth of a made kind", {"truth": {"kind": "squashed"}}, r"^truth: got squashed\. Give a reward that is read"),
    ("a truth without a kind", {"truth": {"name": "mine"}}, r"^\[truth\]: got no kind"),
    ("a truth without its function", {"truth": {"kind": "python"}}, r"^reward 'ground truth': got no function"),
    ("a course of an unknown reward", {"course": [{"rewards": ["other"]}]}, r"^course: got the reward 'other'\. Kn"),
    ("a course of no reward", {"course": [{"seeds": [1]}]}, r"^course: got no rewards, or seeds"),
    ("rewards that are a text", {"course": [{"rewards": "mine"}]}, r"^\[\[course\]\] rewards: got mine\. Give a li"),
    ("seeds that are true", {"course": [{"rewards": ["mine"], "seeds": [True]}]}, r"^\[\[course\]\] seeds: got \["),
    ("a seed below zero", {"course": [{"rewards": ["mine"], "seeds": [-1]}]}, r"^seed: got -1"),
    ("a seed twice", {"course": [{"rewards": ["mine"], "seeds": [1, 1]}]}, r"^course: got no rewards, or seeds"),
    ("a run twice", {"course": [{"rewards": ["mine"]}] * 2}, r"^courses: got two runs named mine-rloo-lora-0"),
    ("a precision", {"model": {"precision": "float64"}}, r"^precision: got 'float64'\. Give one of float32, bfloat16"),
    ("a precision in numbers", {"model": {"precision": 16}}, r"^\[model\] precision: got 16\. Give a text"),
    ("a path in numbers", {"model": {"path": 16}}, r"^\[model\] path: got 16\. Give a text"),
    ("a file in numbers", {"prompts": {"file": 16}}, r"^\[prompts\] file: got 16\. Give a text"),
    ("a file that is not there", {"prompts": {"file": "none.txt"}}, r"^\[prompts\] file: got .*none\.txt"),
    (
        "a prefix in numbers",
        {"initial": {"off_policy_prefix": 3}},
        r"^\[initial\] off_policy_prefix: got 3\. Give a text",
    ),
    ("prompts in words", {"prompts": {"taught": "all"}}, r"^\[prompts\] taught: got 'all'\. Give a whole number"),
    ("half a prompt", {"prompts": {"taught": 2.5}}, r"^\[prompts\] taught: got 2\.5\. Give a whole number"),
    ("no prompt", {"prompts": {"held_out": 0}}, r"^held_out_prompts: got 0\. Give a whole number of at least 1"),
    ("one completion", {"initial": {"completions": 1}}, r"^initial_completions: got 1\. Give .* at least 2"),
    ("more prompts a step than there are", {"prompts": {"taught": 1}}, r"^prompts_per_step: got 2\. Give at most 1"),
]


@pytest.mark.parametrize(("change", "message"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_what_is_wrong_is_named(folder: Path, change: dict[str, Any], message: str) -> None:
    data = example()
    for key, value in change.items():
        own = isinstance(value, dict) and key in ("training", "prompts", "initial") and not set(value) & {"kind"}
        data[key] = data[key] | value if own else value
    if "rows_at_once" in change.get("training", {}):
        data["training"]["prompts_per_step"] = 16
        data["prompts"]["taught"] = 16
    if "reward" in change:
        data["course"] = [{"rewards": [table.get("name") for table in change["reward"]] or ["a"]}]
    with pytest.raises(InvalidInputError, match=message):
        config_from(data, folder)


REWARD_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"kind": "vader", "factor": 1.0}, r"^reward 'a': got option 'factor'\. The kind 'vader' has no options"),
    ({"kind": "squashed", "factor": "half"}, r"^factor of 'a': got 'half'\. Give a number"),
    ({"kind": "squashed", "factor": 0.0}, r"^factor of 'a': got 0\.0\. Give a number above 0"),
    ({"kind": "squashed", "factor": 1.5}, r"^factor of 'a': got 1\.5\. Give a number from 1e-06 to 1"),
    ({"kind": "flattened", "factor": float("inf")}, r"^factor of 'a': got inf"),
    ({"kind": "flattened", "factor": float("nan")}, r"^factor of 'a': got nan"),
    ({"kind": "flattened", "share": 2}, r"^share of 'a': got 2\.0\. Give a number in \[0, 1\]"),
    ({"kind": "half lexicon", "seed": -1}, r"^seed of 'a': got -1\. Give a number of at least 0"),
    ({"kind": "half lexicon", "seed": 1.0}, r"^seed of 'a': got 1\.0\. Give a whole number"),
    ({"kind": "preferences", "on_policy_share": -0.5}, r"^on_policy_share of 'a': got -0\.5"),
    ({"kind": "preferences", "weight_decay": 0}, r"^weight_decay of 'a': got 0\.0\. Give a number above 0"),
    ({"kind": "endpoint"}, r"^reward 'a': got no url"),
]


@pytest.mark.parametrize(("table", "message"), REWARD_CHANGES)
def test_options_of_rewards_are_checked(folder: Path, table: dict[str, Any], message: str) -> None:
    data = example() | {"reward": [{"name": "a"} | table], "course": [{"rewards": ["a"]}]}
    with pytest.raises(InvalidInputError, match=message):
        config_from(data, folder)


@pytest.mark.parametrize("content", [b"steps = ", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "experiment.toml").write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"^config: got .*experiment\.toml.* Give a TOML file"):
        read_config(tmp_path / "experiment.toml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"^config: got .*none\.toml"):
        read_config(tmp_path / "none.toml")
