"""Numbers of the write-up: from a small ledger made by hand, and one sentence where an artefact is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.paper.small_artefacts import TEXT, fill, sampled, write_ledger
from theory.errors import InvalidInputError
from tools.paper.facts import all_facts, bound_facts, ledger_facts, sound_ledger
from tools.paper.source import cited_statements, named_facts

IDS = cited_statements(TEXT)


def test_every_number_that_the_text_names_is_there(tmp_path: Path) -> None:
    fill(tmp_path)
    found = all_facts(tmp_path, sound_ledger(tmp_path, IDS), IDS)
    assert set(named_facts(TEXT)) <= found.keys()
    assert found["envelope: S3++: ratio at 1.5"] == "1{,}235"
    assert found["escape: close, GRPO: slowdown"] == "1{,}200"


def test_the_ledger_is_counted(tmp_path: Path) -> None:
    write_ledger(tmp_path, [sampled("s3", 1.25), sampled("linear-law", 1.5)])
    found = ledger_facts(sound_ledger(tmp_path, ["s3"]), ["s3", "linear-law"])
    assert found["ledger: statements"] == "2"
    assert found["ledger: formal"] == "0"
    assert found["linear-law: sampled"] == "863{,}503"
    assert found["linear-law: smallest"] == "1.50000"


def test_the_straight_line_below_s3_plus_plus() -> None:
    found = bound_facts()
    # The minimum of S3++ over the increase, which the constant of the corollary is just below.
    assert found["linear: minimum"] == "1.86927"
    assert found["adam"] == "7.27"


def test_a_missing_ledger_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"ledger\.json.*It is missing. Run make paper"):
        sound_ledger(tmp_path, IDS)


def test_a_ledger_that_is_silent_is_refused(tmp_path: Path) -> None:
    write_ledger(tmp_path, [sampled("s3")])
    with pytest.raises(InvalidInputError, match="nothing on s-gd"):
        sound_ledger(tmp_path, ["s3", "s-gd"])


def test_nothing_is_written_from_a_ledger_with_a_violation(tmp_path: Path) -> None:
    write_ledger(tmp_path, [sampled("s3", 0.5, violations=1)])
    with pytest.raises(InvalidInputError, match="not sound"):
        sound_ledger(tmp_path, ["s3"])


@pytest.mark.parametrize("id", ["envelope", "which-optimiser-escapes"])
def test_a_missing_figure_is_one_sentence(tmp_path: Path, id: str) -> None:
    fill(tmp_path)
    (tmp_path / f"{id}.provenance.json").unlink()
    with pytest.raises(InvalidInputError, match=f"{id}.*It is missing. Run make paper"):
        all_facts(tmp_path, sound_ledger(tmp_path, IDS), IDS)
