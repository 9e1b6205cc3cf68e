"""Pieces of Markdown: read back by a parser of Markdown, they say what was put into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tools.site.markdown import escaped, fenced, folded, formula_blocks, inline_formula, joined, toctree

TEXTS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1).filter(lambda t: t.strip() != "")


@given(TEXTS)
def test_escaped_text_is_that_text(text):
    _, inline, _ = MarkdownIt("commonmark", {"html": True}).parse(f"x {escaped(text)} x")
    shown = "".join(child.content for child in inline.children)
    assert {child.type for child in inline.children} <= {"text", "text_special"}
    assert shown == f"x {' '.join(text.split())} x"


@pytest.mark.parametrize("text", ["a", "```\na\n```", "````", "a\n```sh\nb\n```\n````\nc"])
def test_a_fence_holds_any_text(text):
    (block,) = MarkdownIt().parse(fenced(text, "sh"))
    assert (block.type, block.info, block.content.strip("\n")) == ("fence", "sh", text)


def test_parts_of_a_claim_are_blocks_of_their_own():
    assert formula_blocks(r"a = b, \quad c < d") == "```{math}\na = b, \n```\n\n```{math}\nc < d\n```"
    assert inline_formula("a\n b") == "{math}`a b`"


def test_a_page_leaves_out_what_is_empty():
    assert joined(["# a", "", "b"]) == "# a\n\nb\n"


def test_folded_parts_and_navigation():
    assert folded("what", "more").split("\n\n") == ["<details><summary>", "what", "</summary>", "more", "</details>"]
    assert ":caption: C" in toctree(["a", "b"], caption="C")
    assert toctree(["a", "b"]).splitlines()[-3:-1] == ["a", "b"]
