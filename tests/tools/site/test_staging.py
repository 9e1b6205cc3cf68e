"""The sources of the site: links are followed into the copy, and one that leads nowhere is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.site.staging import BrokenLinkError, stage


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "docs/index.md": "# Home\n\n[a](sub/a.md), [code](../theory/x.py#L3), [out](https://example.org/x.md)\n",
        "docs/sub/a.md": "![p](../p.png) [home](../index.md#home)\n",
        "docs/p.png": "picture",
        "theory/x.py": "x = 1\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_pages_and_what_they_link_to_are_brought_together(root, tmp_path):
    with (root / "docs/sub/a.md").open("a", encoding="utf-8") as file:
        file.write("[made](../statements/s.md)\n")
    folder = tmp_path / "sources"
    stage(root, {"statements/s.md": "[x](../../theory/x.py)\n"}, folder)
    assert "[code](_files/theory/x.py#L3)" in (folder / "index.md").read_text(encoding="utf-8")
    assert "[out](https://example.org/x.md)" in (folder / "index.md").read_text(encoding="utf-8")
    assert (folder / "_files/theory/x.py").read_text(encoding="utf-8") == "x = 1\n"
    assert (folder / "sub/a.md").read_text(encoding="utf-8") == (root / "docs/sub/a.md").read_text(encoding="utf-8")
    assert (folder / "statements/s.md").read_text(encoding="utf-8") == "[x](../_files/theory/x.py)\n"
    assert (folder / "p.png").is_file()


@pytest.mark.parametrize("link", ["[x](nowhere.md)", "[x](../nowhere.py)", "![x](nowhere.png)"])
def test_a_link_to_nothing_is_an_error(root, tmp_path, link):
    with pytest.raises(BrokenLinkError, match="nowhere"):
        stage(root, {"page.md": link}, tmp_path / "sources")


def test_what_a_command_makes_may_be_missing(root, tmp_path):
    stage(root, {"page.md": "![a curve](../out/a.png)\n[n](../out/notebooks/n.html)"}, tmp_path / "sources")
    text = (tmp_path / "sources/page.md").read_text(encoding="utf-8")
    assert text == "*a curve* (`make paper docs` makes it)\n*n* (`make notebooks docs` makes it)"


def test_code_is_left_alone_but_for_what_it_includes(root, tmp_path):
    page = "```\n[x](nowhere.md)\n```\n\n```{literalinclude} ../theory/x.py\n```\n"
    stage(root, {"page.md": page}, tmp_path / "sources")
    text = (tmp_path / "sources/page.md").read_text(encoding="utf-8")
    assert text == page.replace("../theory", "_files/theory")


def test_what_was_there_before_is_gone(root, tmp_path):
    folder = tmp_path / "sources"
    stage(root, {"old.md": "# old\n"}, folder)
    stage(root, {"new.md": "# new\n"}, folder)
    assert not (folder / "old.md").exists()


def test_a_page_is_not_both_kept_and_generated(root, tmp_path):
    with pytest.raises(ValueError, match="index"):
        stage(root, {"index.md": "# again\n"}, tmp_path / "sources")


def test_directives_of_python_names_hold_markdown(root, tmp_path):
    page = "````{py:function} f()\n[x](../theory/x.py)\n```\n[y](nowhere.md)\n```\n[x](../theory/x.py)\n````\n"
    stage(root, {"page.md": page}, tmp_path / "sources")
    text = (tmp_path / "sources/page.md").read_text(encoding="utf-8")
    assert text == page.replace("(../theory", "(_files/theory")


def test_a_page_in_a_table_of_contents_may_be_optional(root, tmp_path):
    page = "```{toctree}\n:hidden:\n\nsub/a\nsub/b?\nindex?\n```\n\nIs this so?\n"
    stage(root, {"page.md": page}, tmp_path / "sources")
    text = (tmp_path / "sources/page.md").read_text(encoding="utf-8")
    assert text == "```{toctree}\n:hidden:\n\nsub/a\nindex\n```\n\nIs this so?\n"
