"""Origins of statements: every statement has one, and papers are found by their numbers."""

from __future__ import annotations

import pytest

import theory
from theory.errors import InvalidInputError
from theory.origins import ORIGINS, find_origin
from theory.statements.register import REGISTER, statements_of_paper


def test_keys_are_those_of_the_statements() -> None:
    assert all(key == origin.key for key, origin in ORIGINS.items())
    assert {s.origin for s in REGISTER} <= set(ORIGINS)
    assert all(origin.note for origin in ORIGINS.values())


@pytest.mark.parametrize("name", ["2504.13818", "arXiv:2504.13818", " ARXIV: 2504.13818v2 "])
def test_a_paper_is_found_by_its_number(name: str) -> None:
    assert find_origin(name) is ORIGINS["2504.13818"]


def test_the_paper_and_ours() -> None:
    assert find_origin("2503.15477").key == find_origin("paper").key == "paper"
    assert find_origin("ours").label == "ours"
    assert ORIGINS["paper"].label == ""
    assert ORIGINS["2504.13818"].label == "Xu et al. 2025"


@pytest.mark.parametrize("name", ["", "2504", "nobody"])
def test_unknown_papers_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"paper: got .*2504\.13818"):
        find_origin(name)


def test_statements_of_a_paper() -> None:
    assert {s.origin for s in statements_of_paper("2601.05242")} == {"2601.05242"}
    assert sum(len(statements_of_paper(key)) for key in ORIGINS) == len(REGISTER)
    with pytest.raises(InvalidInputError, match="paper"):
        theory.statements_of_paper(3)  # type: ignore[arg-type]
