"""Claims of the register in the letters of the write-up."""

from __future__ import annotations

import pytest

from tests.tools.paper.small_artefacts import TEXT
from theory.errors import InvalidInputError
from tools.paper.claims import claim_macros, claim_parts, definitions
from tools.paper.source import quoted_claims


def test_the_register_speaks_of_its_own_deviation_and_the_write_up_of_a_letter() -> None:
    assert claim_parts("s3")[0] == r"t_\gamma \ge 4|S|(1-e^{-\gamma/2})/\sigma_0"
    assert claim_parts("s3-plus-plus")[1].endswith("= D")


@pytest.mark.parametrize("id", quoted_claims(TEXT))
def test_no_first_part_keeps_the_long_form(id: str) -> None:
    first = claim_parts(id)[0]
    assert not any(theirs in first for theirs in (r"\theta(0)", r"\theta_0", "r_{RM}", "_{KL}", r"\quad"))


def test_an_edited_claim_changes_the_write_up() -> None:
    macros = claim_macros(["linear-law"])
    assert macros["name@linear-law"] == "Linear law"
    assert r"\csname claim@linear-law@1\endcsname{t_\gamma \ge 2|S|\gamma/\sigma_0}" in definitions(macros)


def test_an_unknown_statement_is_named() -> None:
    with pytest.raises(InvalidInputError, match="s3-plus-minus"):
        claim_parts("s3-plus-minus")
