"""Small pieces of a page as HTML that needs no script: facts in a row, tables, notes. Every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup, escape

from figures.drawing.numbers import readable

MINUS = "−"


def number(value: float | None, digits: int = 3) -> str:
    """A number as a page shows it; a word where there is none.

    >>> [number(value) for value in (None, float("inf"), -0.25, 0.0, 1234567.0)]
    ['—', '∞', '−0.250', '0', '1.23×10⁶']
    """
    if value is None or value != value:
        return "—"
    if abs(value) == float("inf"):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    return readable(value, digits).replace("-", MINUS)


def facts(shown: Mapping[str, str]) -> Markup:
    """Values with their labels, side by side as far as there is room.

    Each has its label, in small letters and with hyphens, as `data-fact`.

    >>> print(facts({"hitting time": "2.42"}))
    <div class="facts"><div class="fact" data-fact="hitting-time"><b>2.42</b><span>hitting time</span></div></div>
    """
    inside = [
        Markup('<div class="fact" data-fact="{}"><b>{}</b><span>{}</span></div>').format(slug(label), value, label)
        for label, value in shown.items()
    ]
    return Markup('<div class="facts">{}</div>').format(Markup("").join(inside))


def slug(label: str) -> str:
    """A label in small letters, with hyphens between what is a letter or a figure."""
    return "-".join("".join(c if c.isalnum() else " " for c in label.lower()).split())


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    caption: str = "",
    name: str = "table",
) -> Markup:
    """A table, which scrolls sideways by itself where the page is too narrow for it.

    **Arguments**: `right`, the headings of columns that are aligned to the right; cells may be `Markup`;
    `name`, its `data-table`.
    """
    places = [' class="right"' if heading in right else "" for heading in headings]
    head = Markup("").join(Markup("<th{}>{}</th>").format(Markup(p), h) for p, h in zip(places, headings, strict=True))
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td{}>{}</td>").format(Markup(p), c) for p, c in zip(places, row, strict=True))
        )
        for row in rows
    )
    title = Markup("<caption>{}</caption>").format(caption) if caption else Markup("")
    whole = Markup("<table>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(title, head, body)
    return Markup('<div class="wide" data-table="{}">{}</div>').format(name, whole)


def note(text: str, kind: str = "plain", *, name: str = "note") -> Markup:
    """A paragraph in a box. **Arguments**: `kind`, "plain", "good", "bad" or "warn"; `name`, its `data-note`."""
    return Markup('<p class="note {}" data-note="{}">{}</p>').format(kind, name, text)


def details(summary: str, inside: Markup, *, opened: bool = False) -> Markup:
    """What is shown when a person asks for it."""
    return Markup("<details{}><summary>{}</summary>{}</details>").format(
        Markup(" open") if opened else "", summary, inside
    )


def paragraphs(texts: Iterable[str]) -> Markup:
    """One paragraph for each text."""
    return Markup("").join(Markup("<p>{}</p>").format(escape(text)) for text in texts)


def columns(*parts: object) -> Markup:
    """Parts side by side as far as there is room, else below each other.

    **Arguments**: `parts`, what is HTML when it is formatted: `Markup`, or a widget of marimo. They are not escaped.
    """
    inside = Markup("").join(Markup("<div>{}</div>").format(Markup(f"{part}")) for part in parts)
    return Markup('<div class="row">{}</div>').format(inside)
