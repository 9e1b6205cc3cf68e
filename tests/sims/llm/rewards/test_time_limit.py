from __future__ import annotations

import sys
import threading

import pytest

from sims.llm.rewards import time_limit
from sims.llm.rewards.answers import RewardFailure
from sims.llm.rewards.time_limit import TimeLimit
from theory.errors import InvalidInputError


def test_what_returns_in_time_is_returned():
    assert TimeLimit(60.0)(lambda: 3) == 3


def test_what_hangs_is_abandoned():
    released = threading.Event()
    limit = TimeLimit(0.05)
    with pytest.raises(RewardFailure) as caught:
        limit(released.wait)
    assert caught.value.reason == "time-out"
    (abandoned,) = limit._abandoned
    assert abandoned.is_alive()
    assert abandoned.daemon  # the process may end
    released.set()
    abandoned.join()


@pytest.mark.parametrize("raised", [ValueError, SystemExit, KeyboardInterrupt, TimeoutError])
def test_what_raises_is_a_failure_of_that_name(raised):
    def fail() -> None:
        raise raised("no reward")

    with pytest.raises(RewardFailure, match="no reward") as caught:
        TimeLimit(60.0)(fail)
    assert caught.value.reason == f"{raised.__name__} raised"
    assert isinstance(caught.value.__cause__, raised)


def test_an_exit_is_a_failure():
    with pytest.raises(RewardFailure):
        TimeLimit(60.0)(sys.exit)


def test_a_failure_stays_what_it_is():
    failure = RewardFailure("HTTP status 500")

    def fail() -> None:
        raise failure

    with pytest.raises(RewardFailure) as caught:
        TimeLimit(60.0)(fail)
    assert caught.value is failure


def test_too_many_that_hang_are_refused_until_they_return(monkeypatch):
    monkeypatch.setattr(time_limit, "MOST_ABANDONED", 2)
    released = threading.Event()
    limit = TimeLimit(0.02)
    for _ in range(2):
        with pytest.raises(RewardFailure):
            limit(released.wait)
    with pytest.raises(InvalidInputError, match="2 calls that still have not returned"):
        limit(lambda: 1)
    released.set()
    for thread in limit._abandoned:
        thread.join()
    limit.seconds = 60.0
    assert limit(lambda: 1) == 1


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf"), float("nan")])
def test_a_limit_that_is_none_is_refused(seconds):
    with pytest.raises(InvalidInputError, match="timeout"):
        TimeLimit(seconds)
