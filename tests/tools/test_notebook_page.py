"""Pages of notebooks that were run: every output stands in the page, widgets with the value that they had."""

from __future__ import annotations

from html.parser import HTMLParser

from tools.notebook_page import notebook_page, still

LABEL = (
    "&quot;&#92;u003cspan class=&#92;&quot;paragraph&#92;&quot;&#92;u003esize &amp; more&#92;u003c/span&#92;u003e&quot;"
)
SLIDER = (
    "<marimo-ui-element object-id='a-0'>"
    f"<marimo-slider data-initial-value='-1.5' data-label='{LABEL}'></marimo-slider>"
    "</marimo-ui-element>"
)


def test_a_slider_becomes_its_value() -> None:
    assert still(SLIDER) == '<span class="control">size &amp; more: <b>-1.5</b></span><br>'


def test_a_chosen_item() -> None:
    page = still("<marimo-dropdown data-initial-value='[&quot;a &lt; b&quot;]' data-label='null'></marimo-dropdown>")
    assert "<b>a &lt; b</b>" in page


def test_what_is_no_widget_stays_as_it_is() -> None:
    html = '<p class="a">1 &lt; 2 &#8805; <svg viewBox="0 0 1 1"><path d="M0 0"/></svg></p>'
    assert still(html) == html


def test_downloads_are_left_out_and_accordions_open() -> None:
    page = still(
        "<marimo-download data-data='&quot;x&quot;'></marimo-download>"
        "<marimo-accordion data-labels='[&quot;more&quot;]'><div>inside</div></marimo-accordion>"
    )
    assert page == "<details><summary>more</summary><div>inside</div></details>"


def test_a_page_has_outputs_texts_and_code() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", "*text*"]},
        {
            "cell_type": "code",
            "source": "x < 1",
            "outputs": [
                {"output_type": "display_data", "data": {"text/html": SLIDER}},
                {"output_type": "display_data", "data": {"text/plain": "<plain>"}},
                {"output_type": "error", "ename": "ValueError", "evalue": "<bad>"},
            ],
        },
    ]
    page = notebook_page({"cells": cells}, "A < B", "p { margin: 0 }")
    assert "<title>A &lt; B</title>" in page
    assert "<em>text</em>" in page
    assert "x &lt; 1" in page
    assert "&lt;plain&gt;" in page
    assert "ValueError: &lt;bad&gt;" in page
    HTMLParser().feed(page)
