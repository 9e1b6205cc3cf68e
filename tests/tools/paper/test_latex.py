"""The write-up is compiled where pdfLaTeX is, and what its log complains of stops it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tests.tools.paper.small_artefacts import fill
from theory.errors import InvalidInputError
from tools.paper.__main__ import PICTURES, make
from tools.paper.latex import INSTALL, LatexMissing, LatexRefuses, compile_in, error_in, objections

needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


@pytest.mark.slow
@needs_latex
def test_the_write_up_is_compiled_without_an_objection(tmp_path: Path) -> None:
    fill(tmp_path)
    for id in PICTURES:
        Figure(figsize=(5.5, 3.0)).savefig(tmp_path / f"{id}.pdf")
    pdf = make(tmp_path, tmp_path / "paper")
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    assert {path.name for path in pdf.parent.iterdir()} > {"numbers.tex", "references.tex", pdf.name}
    # The same artefacts give the same file.
    assert make(tmp_path, tmp_path / "again").read_bytes() == content


@pytest.mark.slow
@needs_latex
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (r"See~\ref{nowhere}.", "Reference `nowhere' .* undefined"),
        (r"\nosuchcommand", "Undefined control sequence"),
        (r"\mbox{" + "x" * 200 + "}", "points too wide"),
    ],
)
def test_what_a_reader_must_not_see_is_refused(tmp_path: Path, body: str, said: str) -> None:
    (tmp_path / "text.tex").write_text(rf"\documentclass{{article}}\begin{{document}}{body}\end{{document}}")
    with pytest.raises(LatexRefuses, match=said):
        compile_in(tmp_path, "text")


def test_without_latex_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LatexMissing, match="apt-get install"):
        compile_in(tmp_path, "text")
    assert "texlive-latex-recommended" in INSTALL


def test_a_log_is_read() -> None:
    log = (
        "Overfull \\hbox (4.9pt too wide) in paragraph at lines 1--2\n"
        "Overfull \\hbox (5.1pt too wide) in paragraph at lines 3--4\n"
        "LaTeX Warning: Reference `a' on page 1 undefined on input line 3.\n"
        "LaTeX Warning: Label `b' multiply defined.\n"
        "Package natbib Warning: Citation `c' on page 1 undefined on input line 9.\n"
    )
    wide, *others = sorted(objections(log), key=lambda line: "wide" not in line)
    assert wide == "A line is 5.1 points too wide in paragraph at lines 3--4."
    assert [line[:11] for line in others] == ["Reference `", "Label `b' m", "Citation `c"]
    assert error_in("! Undefined control sequence.\nl.7 \\x\n") == "Undefined control sequence. l.7 \\x"


def test_a_missing_picture_is_one_sentence(tmp_path: Path) -> None:
    fill(tmp_path)
    with pytest.raises(InvalidInputError, match=r"envelope\.pdf.*It is missing. Run make paper"):
        make(tmp_path, tmp_path / "paper")
