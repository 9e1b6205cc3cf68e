"""The checker of built pages: each kind of broken link is noticed, and a page without any passes."""

from __future__ import annotations

import pytest

from tools.site.links import objections

GOOD = '<link rel="stylesheet" href="s.css"><a href="b.html#there">b</a><a href="#top" id="top">t</a><img src="p.png">'


@pytest.fixture
def site(tmp_path):
    for name, text in {"a.html": GOOD, "b.html": '<p id="there"></p>', "s.css": "", "p.png": ""}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_sound_site(site):
    assert objections(site) == []


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('<a href="c.html">', "leads to no file"),
        ('<a href="b.html#here">', "no such place"),
        ('<a href="#here">', "no such place"),
        ('<img src="q.png">', "leads to no file"),
        ('<script src="https://example.org/s.js"></script>', "from a network"),
        ('<link rel="stylesheet" href="//example.org/s.css">', "from a network"),
    ],
)
def test_what_is_wrong_is_noticed(site, added, said):
    (site / "c%20.html").write_text(GOOD + added, encoding="utf-8")
    (found,) = objections(site)
    assert said in found


def test_links_to_other_sites_are_left_alone(site):
    (site / "d.html").write_text('<a href="https://example.org/"></a><link rel="canonical" href="https://x.org">')
    assert objections(site) == []


def test_what_can_be_downloaded_is_no_page(site):
    (site / "_downloads").mkdir()
    (site / "_downloads/n.html").write_text('<a href="nowhere.html"></a>', encoding="utf-8")
    (site / "d.html").write_text('<a href="_downloads/n.html"></a>', encoding="utf-8")
    assert objections(site) == []
