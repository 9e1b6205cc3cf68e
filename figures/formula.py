"""Formulas as inline SVG, drawn by Matplotlib, in the colour of the text around them: no script, no font to fetch."""

from __future__ import annotations

import re
from functools import cache

from markupsafe import Markup, escape
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

SIZE = 100
"""Font size in drawing units; the page scales the picture to its own."""

_LETTERS = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C", Outline.CLOSEPOLY: "Z"}

# Spellings that Matplotlib's subset of LaTeX lacks, and what it draws instead.
_REPLACEMENTS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\\(?:big|Big)[lr]?(?![A-Za-z])|\\(?:display|text)style(?![A-Za-z])|\\!", ""),
        (r"\\(le|ge|ne)(?![A-Za-z])", r"\\\1q "),
        (r"\\[dt]?frac(?![A-Za-z])", r"\\frac"),
        (r"\\frac\s*(\w)\s*(\w)", r"\\frac{\1}{\2}"),
        (r"\\sqrt\s*(\w)", r"\\sqrt{\1}"),
        (r"\\[lr]Vert(?![A-Za-z])", r"\\Vert "),
        (r"\\operatorname(?![A-Za-z])", r"\\mathrm"),
    )
)


@cache
def formula(latex: str) -> Markup:
    """A formula for a page: an SVG whose label is the LaTeX itself.

    **Arguments**: `latex` without dollar signs. What Matplotlib cannot set is shown as its source.
    """
    mathematics = latex
    for pattern, replacement in _REPLACEMENTS:
        mathematics = pattern.sub(replacement, mathematics)
    try:
        outline = TextPath((0, 0), f"${mathematics}$", size=SIZE, prop=FontProperties(math_fontfamily="stix"))
    except ValueError:
        return Markup('<code class="formula">{}</code>').format(latex)
    box = outline.get_extents()
    margin = 0.04 * SIZE
    left, top, width, height = box.x0 - margin, -box.y1 - margin, box.width + 2 * margin, box.height + 2 * margin
    return Markup(
        '<svg class="formula" role="img" aria-label="{label}" viewBox="{box}" style="width:{w:.2f}em;height:{h:.2f}em">'
        '<path fill="currentColor" d="{path}"/></svg>'
    ).format(
        label=escape(latex),
        box=f"{left:.0f} {top:.0f} {width:.0f} {height:.0f}",
        w=width / SIZE,
        h=height / SIZE,
        path=_path_data(outline),
    )


def _path_data(outline: Outline) -> str:
    # SVG's vertical axis points down.
    return "".join(
        _LETTERS[code] + ("" if code == Outline.CLOSEPOLY else " ".join(
            f"{x:.1f},{-y:.1f}" for x, y in points.reshape(-1, 2)))
        for points, code in outline.iter_segments(simplify=False)
    )  # fmt: skip
