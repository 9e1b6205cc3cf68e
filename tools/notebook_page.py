"""A notebook that has been run, as one page that needs nothing but a browser: no script, no font to fetch.

marimo's own export loads its program from a content delivery network; here every output stands in the page itself, and
what could be moved is shown with the value that it had.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape, unescape
from html.parser import HTMLParser
from typing import Any

import marimo

SILENT = ("marimo-download", "marimo-file")
"""Elements that say nothing on paper."""

INPUTS = ("marimo-slider", "marimo-dropdown", "marimo-text", "marimo-number", "marimo-checkbox", "marimo-radio")

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 1000px; }
:root { color-scheme: light dark; }
iframe { width: 100%; border: 1px solid #7f7f7f; background: #fff; }
details.code { opacity: 0.8; font-size: 0.85rem; }
pre { overflow-x: auto; }
.paragraph { display: block; margin: 0.5rem 0; }
.error { border-left: 4px solid #d55e00; padding-left: 0.8rem; }
"""


class _Still(HTMLParser):
    """Passes a page on, with marimo's elements replaced by what they show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if not tag.startswith("marimo-"):
            self.parts.append(self.get_starttag_text() or "")
        elif tag in INPUTS:
            label, value = _value(given, "data-label"), _shown(_value(given, "data-initial-value"))
            self.parts.append(f'<span class="control">{_plain(label)}: <b>{escape(value)}</b></span><br>')
        elif tag == "marimo-callout-output":
            self.parts.append(f'<div class="note {escape(_shown(_value(given, "data-kind")))}">')
            self.parts.append(f"{_value(given, 'data-html') or ''}</div>")
        elif tag == "marimo-accordion":
            labels = _value(given, "data-labels") or [""]
            self.parts.append(f"<details><summary>{_plain(labels[0])}</summary>")

    def handle_endtag(self, tag: str) -> None:
        if not tag.startswith("marimo-"):
            self.parts.append(f"</{tag}>")
        elif tag == "marimo-accordion":
            self.parts.append("</details>")

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if not tag.startswith("marimo-"):
            self.parts.append(self.get_starttag_text() or "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")


def _value(given: Mapping[str, str], name: str) -> Any:
    """What an attribute holds as JSON, with characters that marimo has escaped; None if there is none."""
    if name not in given:
        return None
    return json.loads(unescape(given[name]))


def _plain(html: object) -> str:
    """A label without its markup, escaped."""

    class Text(HTMLParser):
        found = ""

        def handle_data(self, data: str) -> None:
            self.found += data

    reader = Text()
    reader.feed(str(html or ""))
    return escape(reader.found.strip())


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def still(html: str) -> str:
    """HTML with marimo's elements replaced by what they show.

    >>> still("<p>a</p><marimo-slider data-initial-value='2' data-label='&quot;size&quot;'></marimo-slider>")
    '<p>a</p><span class="control">size: <b>2</b></span><br>'
    """
    reader = _Still()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


def notebook_page(notebook: Mapping[str, Any], title: str, style: str) -> str:
    """The page of a notebook in Jupyter's format, its outputs included.

    **Arguments**: `style`, that of the notebook's own pieces.
    """
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(still(marimo.md(source).text))
            continue
        parts += [_output(output) for output in cell.get("outputs", ())]
        if source.strip():
            parts.append(
                f'<details class="code"><summary>code</summary><pre><code>{escape(source)}</code></pre></details>'
            )
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head><body>\n{body}\n</body></html>\n"
    )


def _output(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "error":
        return f'<p class="error">{escape(output.get("ename", ""))}: {escape(output.get("evalue", ""))}</p>'
    data = output.get("data", {})
    if "text/html" in data:
        return still("".join(data["text/html"]))
    if "text/markdown" in data:
        return still(marimo.md("".join(data["text/markdown"])).text)
    return f"<pre>{escape(''.join(data.get('text/plain', '')))}</pre>" if "text/plain" in data else ""
