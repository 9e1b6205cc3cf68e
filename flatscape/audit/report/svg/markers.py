"""Marks of models: a shape and a colour for each, filled or hollow."""

from __future__ import annotations

import math

from markupsafe import Markup

from flatscape.audit.report.content.models import Model
from flatscape.audit.report.svg.element import element, points

SIZE = 4.5


def marker(model: Model, size: float = SIZE) -> Markup:
    """The mark of a model, around the origin."""
    classes = f"mark-shape {'hollow' if model.hollow else 'full'} k{model.kind}"
    if model.kind == 0:
        return element("circle", r=size, class_=classes)
    corners, turn = ((4, 45.0), (3, -90.0), (4, 0.0), (3, 90.0), (5, -90.0))[model.kind - 1]
    places = [
        (1.25 * size * math.cos(angle), 1.25 * size * math.sin(angle))
        for angle in (math.radians(turn + 360 * k / corners) for k in range(corners))
    ]
    return element("path", d=points(places) + "Z", class_=classes)


def line_class(model: Model) -> str:
    """Classes of a model's line."""
    return f"line k{model.kind}{' dashed' if model.hollow else ''}"


def glyph(model: Model) -> Markup:
    """The mark of a model on its own, for tables and legends."""
    return element(
        "svg",
        element("g", marker(model), transform="translate(8 8)"),
        viewBox="0 0 16 16",
        class_="glyph",
        aria_hidden="true",
    )


def mark(x: float, y: float, told: str, *shapes: str) -> Markup:
    """Shapes at a place that tell a value when they are pointed at."""
    return element("g", element("title", told), *shapes, class_="mark", transform=f"translate({x:.2f} {y:.2f})")
