from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from sims.llm import CalledReward, ScoredTexts
from sims.llm.rewards.calling import named_function
from theory.errors import InvalidInputError

from .conftest import texts_of

TEXTS = texts_of("a", "bb", "bad", "dddd", "eeeee")
GOOD = [1.0, 2.0, None, 4.0, 5.0]


def lengths(prompts: list[str], completions: list[str]) -> list[float]:
    return [float(len(text)) for text in completions]


class Bad:
    """Lengths, but for the completion `bad`, of which `answer` says what happens to its batch."""

    def __init__(self, answer) -> None:
        self.answer = answer

    def __call__(self, prompts: list[str], completions: list[str]):
        found = lengths(prompts, completions)
        return self.answer(found, completions.index("bad")) if "bad" in completions else found


def instead(value):
    return lambda found, place: [*found[:place], value, *found[place + 1 :]]


def raising(found, place):
    raise ZeroDivisionError("no such reward")


def exiting(found, place):
    sys.exit(3)


def lazily_raising(found, place) -> Iterator[float]:
    yield from found[:place]
    raise ZeroDivisionError("no such reward")


FAILURES = [
    ("NaN", instead(float("nan")), "NaN"),
    ("None", instead(None), "None"),
    ("infinite", instead(float("inf")), "infinity"),
    ("text", instead("0.5"), "not a number"),
    ("a list", instead([0.5]), "not a number"),
    ("too few", lambda found, place: found[:-1], "wrong number of rewards"),
    ("too many", lambda found, place: [*found, 1.0], "wrong number of rewards"),
    ("nothing", lambda found, place: None, "no list of rewards"),
    ("one number", lambda found, place: 0.5, "no list of rewards"),
    ("raises", raising, "ZeroDivisionError raised"),
    ("raises late", lazily_raising, "ZeroDivisionError raised"),
    ("exits", exiting, "SystemExit raised"),
]


@pytest.mark.parametrize(("answer", "reason"), [pytest.param(*case[1:], id=case[0]) for case in FAILURES])
def test_one_bad_completion_is_dropped_alone(answer, reason):
    reward = CalledReward(Bad(answer), name="mine", on_failure="drop", batch_size=3)
    found = reward(TEXTS)
    assert [None if np.isnan(value) else value for value in found.tolist()] == GOOD
    assert reward.failures == {reason: 1}


@pytest.mark.parametrize(("answer", "reason"), [pytest.param(*case[1:], id=case[0]) for case in FAILURES])
def test_one_bad_completion_is_an_error_that_shows_it(answer, reason):
    reward = CalledReward(Bad(answer), name="mine", on_failure="error")
    with pytest.raises(InvalidInputError) as caught:
        reward(TEXTS)
    for part in ("'mine'", "'bad'", reason, 'on_failure="drop"'):
        assert part in str(caught.value)


def test_a_call_that_hangs_is_dropped_alone(hang):
    reward = CalledReward(Bad(lambda found, place: hang()), on_failure="drop")
    found = reward(TEXTS)
    assert [None if np.isnan(value) else value for value in found.tolist()] == GOOD
    assert reward.failures == {"time-out": 1}


def test_a_call_that_hangs_is_an_error():
    never = threading.Event()
    with pytest.raises(InvalidInputError, match=r"'bad'.*time-out: no answer in 0\.2 s"):
        CalledReward(Bad(lambda found, place: never.wait()), timeout=0.2)(texts_of("bad"))
    never.set()


def test_a_batch_that_is_too_slow_as_a_whole_is_scored_in_parts(hang):
    def slow(prompts: list[str], completions: list[str]) -> list[float]:
        if len(completions) > 2:
            hang()
        return lengths(prompts, completions)

    reward = CalledReward(slow)
    assert reward(texts_of("a", "bb", "ccc", "dddd")).tolist() == [1, 2, 3, 4]
    assert not reward.failures


def test_retries():
    calls = []

    def unreliable(prompts: list[str], completions: list[str]) -> list[float]:
        calls.append(completions)
        if len(calls) < 3:
            raise ConnectionError
        return lengths(prompts, completions)

    assert CalledReward(unreliable, retries=2)(texts_of("a")).tolist() == [1]
    with pytest.raises(InvalidInputError, match="ZeroDivisionError raised"):
        CalledReward(Bad(raising), retries=2)(texts_of("bad"))


def test_the_function_is_given_the_prompts_of_its_completions():
    seen = []

    def keep(prompts: list[str], completions: list[str]) -> list[float]:
        seen.extend(zip(prompts, completions, strict=True))
        prompts.clear()  # its own lists
        return lengths([], completions)

    CalledReward(keep, batch_size=2)(ScoredTexts(("p", "p", "q"), ("a", "b", "c"), None))
    assert seen == [("p", "a"), ("p", "b"), ("q", "c")]


def test_names():
    assert CalledReward(lengths).name == "lengths"
    assert CalledReward(Bad(raising)).name == "Bad"
    assert CalledReward("operator:add").name == "operator:add"
    assert CalledReward("operator:add", name="sum").name == "sum"


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """A person's own package, found on the path as any other."""
    folder = tmp_path / "own_rewards_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "good.py").write_text(
        "def lengths(prompts, completions):\n    return [len(text) for text in completions]\n"
        "class Scorer:\n    best = staticmethod(lengths)\nnumber = 3\n"
    )
    (folder / "broken.py").write_text("1 / 0\n")
    (folder / "needs.py").write_text("import a_package_that_is_not_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder.name
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def test_a_function_by_name(own_module):
    for path in ("lengths", "Scorer.best"):
        assert CalledReward(f"{own_module}.good:{path}")(TEXTS).tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{}.absent:f", "PYTHONPATH"),
        ("a_package_that_is_not_there:f", "PYTHONPATH"),
        ("{}.needs:f", "a_package_that_is_not_there"),
        ("{}.broken:f", "ZeroDivisionError"),
        ("{}.good:absent", "has no absent"),
        ("{}.good:Scorer.absent", "has no Scorer.absent"),
        ("{}.good:number", "Name a function"),
        ("{}.good", "package.module:function"),
        ("{}.good:", "package.module:function"),
        (":f", "package.module:function"),
        (".good:f", "package.module:function"),
        ("a b:f", "package.module:function"),
        ("", "package.module:function"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(own_module, name, said):
    with pytest.raises(InvalidInputError) as caught:
        named_function(name.format(own_module))
    assert said in str(caught.value)
    assert caught.value.argument == "function"


def test_what_cannot_be_called_is_refused():
    with pytest.raises((InvalidInputError, TypeError)):
        CalledReward(3)

    async def later(prompts, completions):
        return []

    with pytest.raises(InvalidInputError, match="async"):
        CalledReward(later)
