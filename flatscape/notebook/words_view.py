"""The next words of a language model on a page: how likely each is, and what it is paid."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from figures.drawing.style import BLUE, GREY, VERMILION
from flatscape.notebook.course import Course
from flatscape.notebook.next_words import Words, likely_words
from flatscape.notebook.pieces.markup import facts, note, number
from flatscape.notebook.pieces.picture import picture
from theory.tabular.problem import Problem

COLOURS = {1.0: BLUE, -1.0: VERMILION, 0.0: GREY}
MARKERS = {1.0: "^", -1.0: "v", 0.0: "o"}
LABELS = {1.0: "wanted", -1.0: "unwanted", 0.0: "any other"}

LONGEST_LABEL = 14
MOST = 24
"""Words that are drawn."""


def word_facts(course: Course) -> Markup:
    """What the model says at first, how much rewards vary over it, and how long the plateau is."""
    policy, truth = np.exp(course.problem.initial_log_probabilities), course.problem.ground_truth_reward
    time = number(course.hitting_time) if course.hitting_time is not None else course.status.label
    return facts(
        {
            "says a wanted word": number(float(policy[truth > 0].sum())),
            "says an unwanted word": number(float(policy[truth < 0].sum())),
            "reward variance": number(course.reward_variance),
            "hitting time": time,
        }
    )


def beginnings(words: Words) -> Markup:
    """A note on words of which the model's token is only the beginning; nothing if there are none."""
    if not words.beginnings:
        return Markup("")
    said = "; ".join(f"{word!r} by its beginning {text!r}" for word, text in words.beginnings.items())
    return note(f"The model writes these in several tokens, and the first one is rewarded: {said}.")


def draw_words(problem: Problem) -> Markup:
    """The likeliest tokens and all rewarded ones, by probability."""
    words = likely_words(problem)[:MOST]
    said = ", ".join(f"{w.text} {number(w.probability)}" for w in words[:6])
    with picture(f"Probabilities of the next word: {said}, and more.", height=0.9) as drawn:
        axes = drawn.axes
        places = np.arange(len(words))
        for reward in (1.0, -1.0, 0.0):
            mine = [k for k, w in enumerate(words) if w.reward == reward]
            axes.plot(
                [words[k].probability for k in mine],
                mine,
                MARKERS[reward],
                color=COLOURS[reward],
                markersize=6,
                label=LABELS[reward],
            )
        # Dollar signs would begin mathematics.
        axes.set_yticks(places, [w.text[:LONGEST_LABEL].replace("$", r"\$") for w in words])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.set_xlabel("probability of the next word")
        axes.legend(loc="lower right")
        axes.figure.subplots_adjust(left=0.25)
    return drawn.svg
