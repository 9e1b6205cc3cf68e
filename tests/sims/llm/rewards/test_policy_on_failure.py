from __future__ import annotations

import math

import numpy as np
import pytest

from sims.llm import ScoredTexts
from sims.llm.rewards import policy_on_failure
from sims.llm.rewards.answers import RewardFailure
from sims.llm.rewards.policy_on_failure import PolicyOnFailure
from theory.errors import InvalidInputError

from .conftest import texts_of


class Asked:
    """Rewards are the lengths of completions; a batch with one of `bad` fails. Keeps what it was asked."""

    def __init__(self, *bad: str, failure: RewardFailure | None = None) -> None:
        self.bad = bad
        self.failure = failure or RewardFailure("broken")
        self.batches: list[list[str]] = []

    def __call__(self, prompts: list[str], completions: list[str]) -> list[float | RewardFailure]:
        assert len(prompts) == len(completions)
        self.batches.append(completions)
        if set(self.bad) & set(completions):
            raise self.failure
        return [float(len(text)) for text in completions]


def policy(on_failure: str = "drop", retries: int = 0, batch_size: int = 8, pause: float = 0.0) -> PolicyOnFailure:
    return PolicyOnFailure(
        on_failure=on_failure,  # type: ignore[arg-type]
        retries=retries,
        batch_size=batch_size,
        pause=pause,
    )


TEXTS = texts_of(*"abcdefgh")


@pytest.mark.parametrize("batch_size", [1, 3, 8, 100])
def test_batches_in_order(batch_size):
    asked, kept = Asked(), policy(batch_size=batch_size)
    texts = ScoredTexts(tuple("ABCDE"), ("", "b", "cc", "ddd", "eeee"), None)
    assert kept.score("r", texts, asked).tolist() == [0, 1, 2, 3, 4]
    assert [text for batch in asked.batches for text in batch] == list(texts.completions)
    assert len(asked.batches) == math.ceil(5 / batch_size)
    assert not kept.failures


def test_nothing_is_asked_for_no_completions():
    asked = Asked()
    assert policy().score("r", texts_of(), asked).shape == (0,)
    assert not asked.batches


@pytest.mark.parametrize("bad", "abcdefgh")
def test_one_bad_completion_costs_only_itself(bad):
    asked, kept = Asked(bad), policy()
    found = kept.score("r", TEXTS, asked)
    assert [text for text, reward in zip(TEXTS.completions, found, strict=True) if math.isnan(reward)] == [bad]
    assert kept.failures == {"broken": 1}
    assert len(asked.batches) == 7  # 8, 4 and 4, 2 and 2, 1 and 1


def test_several_bad_ones_are_counted_by_reason():
    def ask(prompts: list[str], completions: list[str]) -> list[float | RewardFailure]:
        if "b" in completions:
            raise RewardFailure("broken")
        return [RewardFailure("NaN") if text in "cd" else 1.0 for text in completions]

    kept = policy()
    found = kept.score("r", TEXTS, ask)
    assert np.isnan(found).tolist() == [False, True, True, True, False, False, False, False]
    kept.score("r", TEXTS, ask)
    assert kept.failures == {"broken": 2, "NaN": 4}


def test_a_single_completion_is_asked_for_again():
    asked, kept = Asked("a"), policy(retries=2)
    kept.score("r", texts_of("a", "b"), asked)
    assert asked.batches == [["a", "b"], ["a"], ["a"], ["a"], ["b"]]


def test_a_failure_that_passes_leaves_no_trace():
    asked = Asked("a")

    def ask(prompts: list[str], completions: list[str]) -> list[float | RewardFailure]:
        if len(asked.batches) == 2:
            asked.bad = ()
        return asked(prompts, completions)

    kept = policy("error", retries=2)
    assert kept.score("r", texts_of("a"), ask).tolist() == [1]
    assert not kept.failures


def test_a_reward_that_is_no_number_is_not_asked_for_again():
    calls = []

    def ask(prompts: list[str], completions: list[str]) -> list[float | RewardFailure]:
        calls.append(completions)
        return [RewardFailure("NaN") for _ in completions]

    kept = policy(retries=5)
    assert np.isnan(kept.score("r", TEXTS, ask)).all()
    assert calls == [list(TEXTS.completions)]
    assert kept.failures == {"NaN": 8}


def test_a_failure_of_all_is_repeated_and_not_split():
    asked = Asked("a", failure=RewardFailure("no connection", of_all=True))
    kept = policy(retries=2)
    assert np.isnan(kept.score("r", texts_of("a", "b"), asked)).all()
    assert asked.batches == [["a", "b"]] * 3
    assert kept.failures == {"no connection": 2}


def test_pauses_double_up_to_the_longest(monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr(policy_on_failure.time, "sleep", pauses.append)
    policy(retries=8, pause=0.5).score("r", texts_of("a"), Asked("a"))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_an_error_shows_the_completion_the_reason_and_the_remedy():
    kept = policy("error")
    with pytest.raises(InvalidInputError) as caught:
        kept.score("mine", texts_of("fine", "line\nbreak " + "x" * 500), Asked("line\nbreak " + "x" * 500))
    message = str(caught.value)
    assert "reward 'mine'" in message
    assert repr("line\nbreak " + "x" * 189) in message
    assert "x" * 190 not in message
    assert "broken" in message
    assert 'on_failure="drop"' in message
    assert isinstance(caught.value.__cause__, RewardFailure)
    assert kept.failures == {"broken": 1}


@pytest.mark.parametrize(
    ("argument", "value"),
    [("on_failure", "ignore"), ("retries", -1), ("batch_size", 0), ("pause", -1.0), ("pause", float("nan"))],
)
def test_what_is_out_of_range_is_refused(argument, value):
    with pytest.raises((InvalidInputError, TypeError), match=argument):
        policy(**{argument: value})
