"""`RewardLog`, against a stub of how TRL calls reward functions."""

from __future__ import annotations

import asyncio
import inspect
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from flatscape.audit import AuditSettings, RewardLog, audit
from flatscape.audit.reading import read_scored
from theory.errors import InvalidInputError


def brevity(prompts, completions, **columns):
    return [float(len(text_of(c))) for c in completions]


def exact(prompts, completions, answer, **columns):
    return [None if a is None else float(text_of(c) == a) for c, a in zip(completions, answer, strict=True)]


async def judged(prompts, completions, **columns):
    return [0.5 for _ in completions]


def text_of(completion: Any) -> str:
    return completion if isinstance(completion, str) else completion[0]["content"]


def generate(functions, step, prompts, completions, **columns):
    """As `GRPOTrainer._calculate_rewards` does: each function with prompts, completions, columns and the state."""
    state = SimpleNamespace(global_step=step)
    found = []
    for function in functions:
        called = function(prompts=prompts, completions=completions, trainer_state=state, **columns)
        found.append(asyncio.run(called) if inspect.isawaitable(called) else called)
    return found


def test_what_is_logged_is_what_the_functions_said(tmp_path):
    log = RewardLog(tmp_path / "log", truth="exact")
    functions = log.wrapped([brevity, exact])
    assert [f.__name__ for f in functions] == ["brevity", "exact"]
    for step, texts in ((1, ["4", "44", "5", "55"]), (2, ["6", "7", "8", "88"])):
        found = generate(functions, step, ["a", "a", "b", "b"], texts, answer=["4", "4", "5", None])
        assert found[0] == [float(len(text)) for text in texts]
    table = read_scored(tmp_path / "log")
    assert table.rewards == ("brevity",)
    assert table.group_key == ("step", "group")
    assert table.frame["group"].to_list() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert table.frame["brevity"].to_list() == [1, 2, 1, 2, 1, 1, 1, 2]
    assert table.frame["truth"].to_list() == [1, 0, 1, None, 0, 0, 0, None]
    assert audit(tmp_path / "log", settings=AuditSettings(resamples=20)).record()["source"]["prompts"] == 4


def test_messages_and_coroutines(tmp_path):
    log = RewardLog(tmp_path)
    prompts = [[{"role": "user", "content": "a"}]] * 2
    completions = [[{"role": "assistant", "content": "x"}], [{"role": "assistant", "content": "yes"}]]
    functions = log.wrapped([brevity, judged])
    assert inspect.iscoroutinefunction(functions[1])
    assert generate(functions, 3, prompts, completions) == [[1.0, 3.0], [0.5, 0.5]]
    (path,) = tmp_path.iterdir()
    frame = pl.read_parquet(path)
    assert frame["prompt"].to_list() == ["a", "a"]
    assert frame["completion"].to_list() == ["x", "yes"]
    assert frame["step"].to_list() == [3, 3]


def test_a_batch_that_was_not_finished_is_kept(tmp_path):
    log = RewardLog(tmp_path)

    def broken(completions, **columns):
        raise RuntimeError("the judge is away")

    first, second = log.wrapped([brevity, broken])
    first(prompts=["a", "a"], completions=["x", "yes"])
    with pytest.raises(RuntimeError, match="judge"):
        second(prompts=["a", "a"], completions=["x", "yes"])
    assert not list(tmp_path.iterdir())
    first(prompts=["b", "b"], completions=["x", "yes"])
    log.flush()
    log.flush()
    frames = [pl.read_parquet(path) for path in sorted(tmp_path.iterdir())]
    assert [frame["prompt"].to_list() for frame in frames] == [["a", "a"], ["b", "b"]]
    assert all(frame["broken"].is_null().all() for frame in frames)


def test_tensors_are_numbers(tmp_path):
    class Tensor:
        def __float__(self) -> float:
            return 0.25

    (function,) = RewardLog(tmp_path).wrapped([function_of(Tensor())])
    function(["a", "a"], ["x", "y"])
    (path,) = tmp_path.iterdir()
    assert pl.read_parquet(path)["constant"].to_list() == [0.25, 0.25]


def function_of(value):
    def constant(prompts, completions, **columns):
        return [value for _ in completions]

    return constant


def is_short(prompts, completions, **columns):
    raise NotImplementedError


class Model:
    def forward(self):
        raise NotImplementedError

    def __call__(self):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("functions", "truth", "message"),
    [
        (["a/reward-model"], None, "Give functions"),
        ([Model()], None, "Give functions"),
        ([brevity, brevity], None, "different names"),
        ([], None, "different names"),
        ([is_short], None, "is_short. Rename it"),
        ([brevity], "exact", "Name one of the functions: brevity"),
    ],
)
def test_what_cannot_be_noted_is_refused(functions, truth, message, tmp_path):
    with pytest.raises(InvalidInputError, match=message):
        RewardLog(tmp_path, truth=truth).wrapped(functions)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "log").write_text("")
    with pytest.raises(InvalidInputError, match="It is a file"):
        RewardLog(tmp_path / "log")
