"""Elements of SVG as text in which every attribute and every word is escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

_LEFT_OUT = dict.fromkeys(range(32), "")


def element(tag: str, *children: str, **attributes: str | float | int | None) -> Markup:
    """An element; `class_` is `class`, `_` in other names is `-`, and attributes that are None are left out.

    >>> print(element("text", "a<b", x=1.25, class_="tick", text_anchor="end"))
    <text x="1.25" class="tick" text-anchor="end">a&lt;b</text>
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{tag}{given}>{inner}</{tag}>" if inner else f"<{tag}{given}/>")


def joined(parts: list[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def points(places: list[tuple[float, float]]) -> str:
    """Places as the `d` of a path of straight lines.

    >>> points([(0.0, 1.5), (2.0, 3.0)])
    'M0 1.5L2 3'
    """
    return "M" + "L".join(f"{_value(x)} {_value(y)}" for x, y in places)


def _value(value: str | float | int) -> str:
    if isinstance(value, str):
        # Control characters are allowed neither in XML nor in HTML.
        return value.translate(_LEFT_OUT)
    return f"{round(float(value), 2) + 0.0:g}"
