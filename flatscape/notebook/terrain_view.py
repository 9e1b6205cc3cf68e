"""The landscape of three outputs as a picture, with the path of the flow on it."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from figures.drawing.style import BLACK, VERMILION
from flatscape.notebook.course import Course
from flatscape.notebook.pieces.markup import number
from flatscape.notebook.pieces.picture import picture
from flatscape.notebook.three_outputs import REACH, on_plane, terrain, true_reward_on_plane

LEVELS = np.linspace(-1.0, 1.0, 41)
"""Heights at which a line is drawn: always the same, so that a flat landscape has few lines or none."""


def draw_terrain(course: Course) -> Markup:
    """The objective over the plane of logits: brighter is higher, a line at each step of 0.05; and the way of the flow.

    **Arguments**: `course`, of a problem of three outputs.
    """
    land = terrain(course.problem)
    way = on_plane(course.path.log_probabilities)
    heights = np.asarray(land.height)
    words = (
        f"The objective over the plane of logits lies between {number(float(heights.min()))} and "
        f"{number(float(heights.max()))}; the flow begins at ({way[0, 0]:.1f}, {way[0, 1]:.1f}) and ends at "
        f"({way[-1, 0]:.1f}, {way[-1, 1]:.1f})."
    )
    with picture(words, height=0.86) as drawn:
        axes = drawn.axes
        axes.grid(False)
        extent = (-REACH, REACH, -REACH, REACH)
        axes.imshow(
            heights,
            origin="lower",
            extent=extent,
            vmin=-1,
            vmax=1,
            cmap="cividis",
            aspect="auto",
            interpolation="bilinear",
        )
        if heights.max() > heights.min():
            axes.contour(
                land.axis, land.axis, heights, levels=LEVELS, colors="white", linewidths=0.5, linestyles="solid"
            )
        axes.contour(
            land.axis,
            land.axis,
            true_reward_on_plane(land.axis),
            levels=[course.target],
            colors=[VERMILION],
            linewidths=1.2,
            linestyles="dashed",
        )
        axes.plot(way[:, 0], way[:, 1], color=BLACK, linewidth=3.4)
        axes.plot(way[:, 0], way[:, 1], color="white", linewidth=1.6)
        axes.plot(*way[0], "o", color="white", markeredgecolor=BLACK, markersize=7, zorder=5)
        axes.set_xlim(-REACH, REACH)
        axes.set_ylim(-REACH, REACH)
        axes.set_xlabel("logit of the best output, less that of the worst")
        axes.set_ylabel("… of the middling output")
    return drawn.svg
