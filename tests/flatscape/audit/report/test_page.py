"""The audit's page: well formed, self-contained, safe with any names, and complete for records of all kinds."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from flatscape.audit.report.page import audit_page
from tests.flatscape.audit.report.audit_records import HOSTILE, every_record, record
from theory.errors import InvalidInputError

VOID = {"meta", "link", "img", "br", "hr", "input"}
RECORDS = list(every_record())


class Outline(HTMLParser):
    """Checks that every element is closed, in order, and collects what accessibility is about."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag}: {names}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of the kinds."""
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.elements if "id" in attributes]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@cache
def page_of(name: str) -> str:
    return audit_page(every_record()[name])


@cache
def outline_of(page: str) -> Outline:
    outline = Outline()
    outline.feed(page)
    outline.close()
    assert outline.open == []
    return outline


@pytest.mark.parametrize("name", RECORDS)
def test_pages_are_well_formed_and_their_references_lead_somewhere(name: str) -> None:
    outline = outline_of(page_of(name))
    known = set(outline.ids)
    assert len(known) == len(outline.ids)
    for _, attributes in outline.elements:
        for reference in ("aria-labelledby", "aria-describedby"):
            assert set((attributes.get(reference) or "").split()) <= known
    for link in outline.of("a"):
        assert str(link["href"])[0] == "#"
        assert str(link["href"])[1:] in known


@pytest.mark.parametrize("name", RECORDS)
def test_nothing_is_fetched_and_no_attribute_runs(name: str) -> None:
    page = page_of(name)
    outline = outline_of(page)
    assert "http://" not in page
    assert "https://" not in page
    assert not outline.of("link", "img", "iframe", "object", "base", "form")
    assert not [
        a for _, attributes in outline.elements for a in attributes if a.startswith("on") or a in ("style", "src")
    ]
    assert not re.findall(r"url\(|@import", page)


@pytest.mark.parametrize("name", RECORDS)
def test_no_number_is_shown_that_is_none(name: str) -> None:
    text = outline_of(page_of(name)).text
    assert not re.findall(r"\b(?:nan|None|inf|null|undefined)\b", text)


def test_only_the_page_s_own_style_and_script_are_allowed() -> None:
    page = page_of("hostile names")
    (policy,) = (str(m["content"]) for m in outline_of(page).of("meta") if m.get("http-equiv"))
    for tag in ("style", "script"):
        (own,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_hostile_names_are_shown_and_do_nothing() -> None:
    outline = outline_of(page_of("hostile names"))
    assert len(outline.of("script")) == 1
    assert len(outline.of("style")) == 1
    assert all(" ".join(name.split()) in outline.text for name in HOSTILE)


def test_hostile_texts_of_every_kind_are_escaped() -> None:
    def poisoned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: poisoned(own) for key, own in value.items()}
        if isinstance(value, list):
            return [poisoned(own) for own in value]
        return f'{value}"><script>x</script>' if isinstance(value, str) else value

    clean = record()
    page = audit_page(poisoned(clean) | {"schema": clean["schema"]})
    assert len(outline_of(page).of("script")) == 1


@pytest.mark.parametrize("name", RECORDS)
def test_accessibility_basics(name: str) -> None:
    outline = outline_of(page_of(name))
    assert [len(outline.of(tag)) for tag in ("main", "header", "footer", "nav", "h1", "title")][:5] == [1] * 5
    assert outline.of("html")[0]["lang"] == "en"
    assert len(outline.of("table")) == len(outline.of("caption"))
    assert all(cell.get("scope") in ("col", "row") for cell in outline.of("th"))
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for image in (svg for svg in outline.of("svg") if svg.get("role")):
        assert image["role"] == "img"
        assert image["aria-labelledby"]
        assert image["aria-describedby"]
    assert all(svg.get("role") or svg.get("aria-hidden") == "true" for svg in outline.of("svg"))
    assert all("tabindex" in region for region in outline.of("div") if region.get("role") == "region")


def test_sortable_tables_say_how_they_are_sorted() -> None:
    page = page_of("three models")
    table = page[page.index('<table id="p1-headline"') : page.index("</table>", page.index('<table id="p1-headline"'))]
    head = outline_of(table + "</table>").of("th")
    assert [cell["aria-sort"] for cell in head if cell["scope"] == "col"] == ["none"] * 10
    numbers = re.findall(r'data-sort="([^"]+)"', table)
    assert len(numbers) == 27
    assert all(float(number) > 0 for number in numbers)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2, definition)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_words_and_marks_have_contrast_in_light_and_in_dark() -> None:
    style = re.findall(r"<style>(.*?)</style>", page_of("three models"), flags=re.DOTALL)[0]
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for block in re.finditer(r"(@media \(prefers-color-scheme: dark\) \{\s*)?:root \{(.*?)\}", style, flags=re.DOTALL):
        (dark if block[1] else light).update(re.findall(r"--(\w+): (#[0-9a-f]{6});", block[2]))
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    for colours in (light, dark):
        for name in ("text", "quiet", "link", "good", "bad", *(f"k{k}" for k in range(6))):
            assert contrast(colours[name], colours["back"]) >= 4.5, name
        for name in ("text", "quiet", "link", "good", "bad"):
            assert contrast(colours[name], colours["panel"]) >= 4.5, name


def test_the_verdict_comes_first_and_says_what_it_does_not_know() -> None:
    _, text = outline_of(page_of("three models")).text.split("in a simulation on the sampled completions.")
    assert text.index("cannot tell") < text.index("What this cannot know") < text.index("3 reward models")
    assert text.index("about 1,200") < text.index("3,847")


def test_what_was_read_left_out_and_warned_of_is_told_with_examples() -> None:
    text = outline_of(page_of("three models")).text
    for told in (
        "3,847",
        "3,840",
        "12 to 16 (median 16)",
        "7: the reward is no number",
        '"reward": "N/A"',
        "multiples of 0.01",
    ):
        assert told in text
    assert "y" * 200 in text
    assert "y" * 400 not in text


def test_every_measure_is_defined_once_and_one_click_away() -> None:
    outline = outline_of(page_of("two policies"))
    known = record()["policies"][0]["measures"]
    for measure in known:
        anchor = f"measure-{measure['id']}"
        assert outline.ids.count(anchor) == 1
        assert len([a for a in outline.of("a") if a["href"] == f"#{anchor}"]) >= 2
        assert outline.text.count(measure["definition"]) >= 1


def test_measures_whose_ids_look_alike_on_a_page_stay_apart() -> None:
    found = record()
    for measure, id in zip(found["policies"][0]["measures"], ("A b", "a-b", "a.b"), strict=False):
        measure["id"] = id
    ids = outline_of(audit_page(found)).ids
    assert {"measure-a-b", "measure-a-b-2", "measure-a-b-3"} <= set(ids)


def test_plots_tell_their_values_and_have_them_in_tables() -> None:
    page = page_of("three models")
    for id in ("variance", "accuracy-variance", "no-signal", "teaching", "divergence", "best-of-k", "difference-3"):
        assert f'<figure id="p1-{id}"' in page
        assert f'<table id="p1-{id}-numbers"' in page
    assert "<title>rm_small, G = 2: P(no signal) 0." in page
    assert "target 0.1<" in page
    text = outline_of(page).text
    assert "not reached" in text
    assert "fewer than two scores" in text


def test_a_record_without_truth_has_no_plots_of_it() -> None:
    page = page_of("without truth")
    assert "p1-accuracy-variance" not in page
    assert 'id="p1-teaching"' not in page
    assert 'id="p1-divergence"' in page


def test_of_many_pairs_the_table_is_folded_and_plots_compare_with_one_model() -> None:
    page = page_of("twelve models")
    assert re.search(r"<details>\s*<summary>Every pair", page)
    assert re.search(r"<details open>\s*<summary>Every pair", page_of("three models"))
    rows = re.findall(r'<table id="p1-difference-1-numbers".*?</table>', page, flags=re.DOTALL)[0].count("<tr>")
    everything = re.findall(r'<table id="p1-all-differences-1-numbers".*?</table>', page, flags=re.DOTALL)[0].count(
        "<tr>"
    )
    assert (rows - 1, everything - 1) == (11, 66)


def test_a_single_prompt_has_no_intervals() -> None:
    page = page_of("one prompt")
    figures = page[page.index('<section id="p1"') : page.index('<section id="read"')]
    headline = figures[: figures.index("</table>")]
    assert headline.count('class="interval"') == headline.count("not reached") == 3


def test_a_record_as_python_has_it_may_hold_nan_and_infinity() -> None:
    found = record()
    found["policies"][0]["measures"][0]["estimate"]["rm_small"] = float("nan")
    found["policies"][0]["measures"][0]["interval"]["rm_large"] = [float("-inf"), float("inf")]
    assert not re.findall(r"\b(?:nan|inf)\b", outline_of(audit_page(found)).text)


@pytest.mark.parametrize("wrong", [{}, {"schema": "other", "version": 1}, {"schema": "flatscape audit", "version": 2}])
def test_what_is_no_record_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="record"):
        audit_page(wrong)


@pytest.mark.parametrize("name", RECORDS)
def test_the_records_are_json(name: str) -> None:
    assert audit_page(json.loads(json.dumps(every_record()[name], allow_nan=False))) == page_of(name)
