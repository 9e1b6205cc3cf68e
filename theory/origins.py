"""Origins of statements: the papers whose claims, or whose methods, a statement is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from theory.errors import InvalidInputError


@dataclass(frozen=True)
class Origin:
    """Where a statement comes from.

    **Fields**

    - `key`: what `Statement.origin` holds: `"paper"`, `"ours"`, or the paper's number on arXiv.
    - `citation`: authors and year, empty for ours; `arxiv`: the number, empty for ours; `title`.
    - `note`: whether the paper itself makes the claim, or a method of it is what the claim is about.
    """

    key: str
    citation: str
    arxiv: str
    title: str
    note: str

    @property
    def label(self) -> str:
        """What stands in brackets behind a statement's number; empty for the paper that all of this is about."""
        return {"paper": "", "ours": "ours"}.get(self.key, self.citation)


_METHOD = "The method is that paper's; the claim is elementary, and the proof here is ours."
_UNREAD = (
    "The question is that paper's. Its theorems could not be read in full where this was written, so the statement and "
    "its proof are ours, and nothing here says what is proved there."
)

ORIGINS: Mapping[str, Origin] = {
    origin.key: origin
    for origin in (
        Origin(
            "paper",
            "Razin et al. 2025",
            "2503.15477",
            "What Makes a Reward Model a Good Teacher? An Optimization Perspective",
            "The claim is the paper's.",
        ),
        Origin("ours", "", "", "", "The claim and its proof are ours."),
        Origin(
            "2107.03374",
            "Chen et al. 2021",
            "2107.03374",
            "Evaluating Large Language Models Trained on Code",
            "The unbiased pass@k of that paper, for rewards of any values; the proof here is ours.",
        ),
        Origin(
            "2402.14740",
            "Ahmadian et al. 2024",
            "2402.14740",
            "Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback in LLMs",
            _METHOD,
        ),
        Origin(
            "2503.14476",
            "Yu et al. 2025",
            "2503.14476",
            "DAPO: An Open-Source LLM Reinforcement Learning System at Scale",
            "Groups without signal are what that paper samples anew; the claim and its proof are ours.",
        ),
        Origin(
            "2504.13818",
            "Xu et al. 2025",
            "2504.13818",
            "Not All Rollouts are Useful: Down-Sampling Rollouts in LLM Reinforcement Learning",
            "That paper trains on the subset of largest variance; the proof here is ours.",
        ),
        Origin(
            "2510.08539",
            "Suk and Duan 2025",
            "2510.08539",
            "On the Optimization Dynamics of RLVR: Gradient Gap and Step Size Thresholds",
            _UNREAD,
        ),
        Origin(
            "2601.05242",
            "Liu et al. 2026",
            "2601.05242",
            "GDPO: Group reward-Decoupled Normalization Policy Optimization for Multi-reward RL Optimization",
            _METHOD,
        ),
        Origin(
            "2604.25872",
            "Shang et al. 2026",
            "2604.25872",
            "When Errors Can Be Beneficial: A Categorization of Imperfect Rewards for Policy Gradient",
            _UNREAD,
        ),
    )
}
"""Every origin, by its key."""


def find_origin(paper: str) -> Origin:
    """The origin that a name stands for.

    **Arguments**: `paper`: a number on arXiv, with or without `arXiv:` and a version; or `paper` or `ours`.

    **Raises** `InvalidInputError` for a paper that no statement comes from.

    **Example**

    >>> find_origin("arXiv:2504.13818v2").citation
    'Xu et al. 2025'
    """
    wanted = paper.strip().lower().removeprefix("arxiv:").strip()
    number = wanted.partition("v")[0] if wanted[:1].isdigit() else wanted
    for origin in ORIGINS.values():
        if number and number in (origin.key, origin.arxiv):
            return origin
    known = ", ".join(dict.fromkeys(origin.arxiv or origin.key for origin in ORIGINS.values()))
    raise InvalidInputError("paper", f"{paper!r:.40}", f"Give the number of a paper on arXiv, or ours: {known}.")
