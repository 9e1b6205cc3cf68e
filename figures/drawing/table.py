"""Tables as pictures: a headline rule, rows of text, a rule between groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from figures.drawing.style import BLACK, GREY
from figures.figure import Canvas

FONT_SIZE = 7.5


def draw_table(
    canvas: Canvas,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    widths: Sequence[float],
    rules: Sequence[int],
    words: int = 1,
) -> None:
    """Sets a table over the whole canvas: columns of words to the left, columns of numbers to the right.

    **Arguments**

    - `header`, `rows`: texts, one per column.
    - `widths`: of the columns, in any unit.
    - `rules`: the rows above which a thin line is drawn.
    - `words`: how many columns, from the first on, hold words.
    """
    lines = 1 + max(text.count("\n") for text in header)
    height = len(rows) + lines
    # A table fills its place: there is nothing to lay out.
    canvas.set_layout_engine("none")
    axes = canvas.add_axes((0.01, 0.02, 0.98, 0.96))
    axes.set_axis_off()
    axes.set_xlim(0, sum(widths))
    axes.set_ylim(height + 0.2, -0.2)
    ends = [sum(widths[: k + 1]) for k in range(len(widths))]
    gap = 0.1 * min(widths)
    for row, texts in enumerate([header, *rows]):
        middle = lines / 2 if row == 0 else lines + row - 0.5
        for column, text in enumerate(texts):
            left = column < words
            side: Literal["left", "right"] = "left" if left else "right"
            axes.text(
                ends[column] - widths[column] + gap if left else ends[column] - gap,
                middle,
                text.replace("-0.", "−0."),
                va="center_baseline",
                ha=side,
                fontsize=FONT_SIZE,
                weight="bold" if row == 0 else "normal",
                multialignment=side,
                linespacing=1.05,
                in_layout=False,
            )
    axes.plot([0, ends[-1]], [0, 0], color=BLACK, linewidth=0.9, clip_on=False)
    axes.plot([0, ends[-1]], [lines, lines], color=BLACK, linewidth=0.6)
    axes.plot([0, ends[-1]], [height, height], color=BLACK, linewidth=0.9, clip_on=False)
    for row in rules:
        axes.plot([0, ends[-1]], [lines + row, lines + row], color=GREY, linewidth=0.4)
