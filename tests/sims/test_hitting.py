"""The message of a status: a sentence, which says what to do next unless a time was found."""

from __future__ import annotations

import numpy as np
import pytest

from sims.hitting import OPEN_ENDED, Hitting, Status


@pytest.mark.parametrize("status", list(Status))
def test_every_status_says_what_its_time_means_and_what_to_do_next(status: Status) -> None:
    assert status.message.endswith(".")
    assert status.is_open == (status in OPEN_ENDED) == ("up to this time" in status.message)
    remedies = ("Raise ", "Lower ", "lower ", "loosen ")
    assert any(word in status.message for word in remedies) == (status is not Status.REACHED)
    assert "_" not in status.label


def test_never_and_ill_conditioned_are_honest_about_rounding() -> None:
    assert "up to rounding" in Status.NEVER.message
    assert Status.ILL_CONDITIONED.message.startswith("Ill-conditioned")
    assert Status.ILL_CONDITIONED.label == "ill-conditioned"


def test_reached() -> None:
    status = np.array(list(Status), np.int8)
    found = Hitting(np.ones(len(status)), np.zeros(len(status)), status, np.ones(len(status), np.int64))
    assert found.reached.tolist() == [s is Status.REACHED for s in Status]
