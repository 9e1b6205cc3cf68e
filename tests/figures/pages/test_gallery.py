"""The page: well formed, self-contained, and safe whatever the texts contain."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from figures.pages.formula import formula
from figures.pages.gallery import read_ledger, render_code, render_gallery, write_gallery
from figures.pipeline.result import FigureResult
from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import Ledger, make_ledger
from theory.errors import InvalidInputError
from theory.statement import Statement, Status
from theory.statements.register import REGISTER, STATEMENTS, find_statement

VOID = {"meta", "link", "img", "br", "hr", "input"}
HOSTILE = '</p><script>alert("x")</script>&amp;'


class _Outline(HTMLParser):
    """Checks that every element is closed, in order, and collects what is referred to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.references: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.images_without_text = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.references += [str(given[name]) for name in ("href", "src") if given.get(name)]
        # A thumbnail stands beside its title in the same link: its text would be read out twice.
        self.images_without_text += tag == "img" and not given.get("alt") and "a" not in self.open
        self.targets += [str(given[name]) for name in ("popovertarget", "for") if given.get(name)]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _outline(page: str) -> _Outline:
    outline = _Outline()
    outline.feed(page)
    outline.close()
    assert outline.open == []
    return outline


def _ledger(chosen: Sequence[Statement[Any]] = STATEMENTS) -> Ledger:
    evidence = [
        Evidence(
            s.id,
            Method.SAMPLING,
            Verdict.SURVIVED,
            ControlOutcome(s.control.description, True, 0.9, 12, None),
            instances=123_456,
            undecided=3,
            tightness=1.00003,
        )
        for s in chosen
    ]
    return make_ledger(evidence, level="quick", seed=0, seconds=1.0)


def _changed(control: ControlOutcome | None = None, summary: Mapping[str, Any] = {}, **fields: Any) -> Ledger:
    """The ledger with another first piece of evidence, on a statement of another summary."""
    ledger = _ledger()
    first = ledger.evidence[0]
    changed = replace(first, control=control or first.control, **fields)
    statements = ledger.statements | {first.statement: replace(ledger.statements[first.statement], **summary)}
    return replace(ledger, evidence=(changed, *ledger.evidence[1:]), statements=statements)


def _result(text: str = "Text.") -> FigureResult:
    return FigureResult("plateau", text, text, text, text, "flatscape figures plateau", 1.0)


def test_the_page_is_well_formed_and_shows_every_statement() -> None:
    page = render_gallery(_ledger(), [_result()])
    outline = _outline(page)
    assert {"main", "table", "thead", "figure", "figcaption", "math"} <= outline.tags
    assert outline.images_without_text == 0
    assert len(set(outline.ids)) == len(outline.ids)
    assert all(statement.title in page.replace("&#39;", "'") for statement in STATEMENTS)
    assert "123,456" in page
    assert "1.00003" in page


def test_it_opens_with_what_was_checked_what_was_found_and_what_to_read_next() -> None:
    page = render_gallery(_ledger(), [_result()])
    places = [page.index(f'id="{name}"') for name in ("checked", "found", "next", "figures", "plateau", "ledger")]
    assert places == sorted(places)
    checked = page[places[0] : places[1]]
    assert "Sound</span>" in checked
    theorems = [s for s in STATEMENTS if s.status is Status.THEOREM]
    assert f"<dt>statements</dt><dd>{len(theorems)}</dd>" in checked
    assert ("conjectured" in checked) == (len(theorems) < len(STATEMENTS))
    assert f"<dd>{123_456 * len(STATEMENTS):,}</dd>" in checked
    assert '<a href="#plateau"><img src="plateau.png"' in page[places[1] : places[2]]
    for door in ("flatscape explain thm4", "flatscape figures fig2", "flatscape audit scores.csv"):
        assert door in page[places[2] : places[3]]


def test_every_figure_opens_large_and_has_data_code_and_how() -> None:
    page = render_gallery(None, [_result(), replace(_result(), id="race", settings={"seed": 3, "sizes": {"seeds": 2}})])
    outline = _outline(page)
    for id in ("plateau", "race"):
        assert {f"{id}.csv", f"{id}.pdf", f"{id}.provenance.json", f"code.html#{id}"} <= set(outline.references)
        # The picture is a button, which keys press; another one and Escape close what it opens.
        assert outline.targets.count(f"large-{id}") == 2
    assert set(outline.targets) <= set(outline.ids)
    assert "<dt>sizes: seeds</dt><dd>2</dd>" in page
    assert page.count("<summary>how</summary>") == 2


def test_statements_come_last_and_are_folded() -> None:
    page = render_gallery(_ledger(), [_result()])
    folded = page.index("<details>", page.index('<section id="ledger"'))
    assert folded < page.index('<ol class="statements">') < page.index("</ol>") < page.index("</details>", folded)
    # What is wrong is not folded away.
    assert "<details open>" in render_gallery(_changed(violations=2), [])


def test_a_long_claim_may_run_over_several_lines() -> None:
    assert render_gallery(_ledger([find_statement("lem11")]), []).count("<math ") > 4


@pytest.mark.parametrize("render", [lambda: render_gallery(_ledger(), [_result()]), lambda: render_code([_result()])])
def test_a_page_needs_no_network_no_script_and_no_absolute_path(render: Any) -> None:
    outline = _outline(render())
    assert "script" not in outline.tags
    assert "link" not in outline.tags
    for reference in outline.references:
        assert reference.startswith("#") or re.fullmatch(r"[\w.-]+(#[\w.-]+)?", reference), reference
    assert {reference[1:] for reference in outline.references if reference.startswith("#")} <= set(outline.ids)


def test_hostile_texts_are_escaped() -> None:
    hostile = {"title": HOSTILE, "number": HOSTILE, "latex": HOSTILE}
    result = replace(_result(HOSTILE), settings={HOSTILE: [HOSTILE]}, versions={HOSTILE: HOSTILE})
    page = render_gallery(_changed(ControlOutcome(HOSTILE, True, 0.9, 12, None), hostile), [result])
    for shown in (page, render_code([result])):
        assert "script" not in _outline(shown).tags
        assert "<script" not in shown


def test_a_claim_of_several_parts_is_set_in_several_lines() -> None:
    one, two = (
        render_gallery(_changed(summary={"latex": latex}), []).count("<math ")
        for latex in (r"a \le b", r"a \le b,\quad c = d")
    )
    assert two == one + 1


def test_a_page_without_ledger_or_figures_says_how_to_make_them() -> None:
    page = render_gallery(None, [])
    _outline(page)
    assert "flatscape verify --json" in page
    assert "flatscape figures" in page


def test_violations_and_controls_that_are_not_refuted_are_seen() -> None:
    unrefuted = ControlOutcome("twin", False, None, 0, None)
    page = render_gallery(_changed(unrefuted, verdict=Verdict.VIOLATED, violations=2), [])
    id = _ledger().evidence[0].statement
    assert (
        f"Not sound</span>: a statement was violated or went unchecked, or a control was\nnot refuted. Violated: {id}."
        in page
    )
    assert f"Controls not refuted: {id}." in page
    assert '<span class="bad">violated' in page
    assert '<span class="bad">2 violations</span>' in page
    assert '<span class="bad">not refuted</span>' in page


@pytest.mark.parametrize("statement", REGISTER, ids=lambda s: s.id)
def test_every_claim_and_hypothesis_can_be_set(statement: Any) -> None:
    for latex in (statement.latex, *(h.latex for h in statement.hypotheses)):
        assert str(formula(latex)).startswith("<math "), latex
        assert "\\" not in str(formula(latex))


def test_a_formula_that_cannot_be_set_is_shown_as_its_source() -> None:
    assert str(formula(r"\nosuchcommand{<x>}")) == '<code class="formula">\\nosuchcommand{&lt;x&gt;}</code>'


def test_the_page_is_written_and_the_ledger_read(tmp_path: Path) -> None:
    assert read_ledger(tmp_path) is None
    (tmp_path / "ledger.json").write_text(json.dumps(_ledger().to_record()), encoding="utf-8")
    path = write_gallery(tmp_path, read_ledger(tmp_path), [_result()])
    assert path == tmp_path / "index.html"
    assert 'id="plateau"' in (tmp_path / "code.html").read_text(encoding="utf-8")
    links = _outline(path.read_text(encoding="utf-8")).references
    anchors = _outline((tmp_path / "ledger.html").read_text(encoding="utf-8")).ids
    for statement in STATEMENTS:
        assert f"ledger.html#{statement.id}" in links
        assert statement.id in anchors


def test_without_a_ledger_there_is_no_page_of_one(tmp_path: Path) -> None:
    write_gallery(tmp_path, None, [])
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "something else"}'])
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "ledger.json").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInputError, match="ledger"):
        read_ledger(tmp_path)
