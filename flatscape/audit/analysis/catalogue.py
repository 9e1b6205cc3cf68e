"""Names and definitions of everything that an audit measures, in plain sentences."""

from __future__ import annotations

import re
from typing import NamedTuple


class Described(NamedTuple):
    """**Fields**: `id`, for options and JSON; `title`; `definition`, one or two sentences; `section`, of a report;
    `better`: "higher", "lower", or None where neither is."""

    id: str
    title: str
    definition: str
    section: str
    better: str | None


class _Pattern(NamedTuple):
    name: str
    id: str
    title: str
    definition: str
    section: str
    better: str | None


RULES = {
    "strict": "of the pairs of completions that the truth distinguishes, the part that the reward orders the same way",
    "half credit": (
        "of the pairs that the truth distinguishes, the part that the reward orders the same way, pairs that it does "
        "not distinguish counting half"
    ),
    "equal signs": (
        "of all pairs, the part in which the difference in reward has the sign of the difference in truth, a tie being "
        "right only against a tie (paper, Definition 1)"
    ),
    "harm aware": (
        "of the pairs that the truth distinguishes, the part that the reward orders the same way, or whose worse "
        "completion has a reward below the mean of its prompt, so that it loses probability anyway (arXiv 2604.25872)"
    ),
}

_PATTERNS = (
    _Pattern("reward mean", "reward-mean", "mean reward", "Mean over prompts of the mean reward.", "variance", None),
    _Pattern(
        "reward variance",
        "reward-variance",
        "reward variance",
        "Mean over prompts of sum (r - mean)^2 / (n - 1), for prompts with n >= 2 scored completions (paper, "
        "Definition 2); in squared units of the reward.",
        "variance",
        "higher",
    ),
    _Pattern(
        "whitened reward variance",
        "whitened-reward-variance",
        "whitened reward variance",
        "The reward variance after dividing the rewards by their deviation over all completions (paper, Appendix F.1). "
        "It changes when the rewards of a whole prompt are shifted, although no advantage does.",
        "variance",
        "higher",
    ),
    _Pattern(
        "within-prompt share",
        "within-prompt-share",
        "share of the variance within prompts",
        "E Var_within / (E Var_within + Var of the prompts' means): the part of the variance that a policy gradient "
        "can use.",
        "variance",
        "higher",
    ),
    _Pattern(
        "zero variance",
        "dead-groups",
        "dead groups",
        "The part of the prompts whose scored completions, two or more, all have the same reward: their advantages are "
        "zero.",
        "signal",
        "lower",
    ),
    _Pattern(
        "near-zero variance",
        "near-dead-groups",
        "nearly dead groups",
        "The part of the prompts in which the deviation of the rewards is at most 1e-6 of that over all completions.",
        "signal",
        "lower",
    ),
    _Pattern(
        r"no signal, G=(\d+)",
        r"no-signal-\1",
        r"P(no signal) in a group of \1",
        r"Mean over prompts of the probability that \1 of the n completions, drawn without replacement, have equal "
        r"rewards: sum_v C(c_v, \1) / C(n, \1), c_v of which have the value v. Only prompts with n >= \1 tell.",
        "signal",
        "lower",
    ),
    _Pattern(
        r"best-of-(\d+) reward",
        r"best-of-\1-reward",
        r"best of \1, reward",
        r"Mean over prompts of the expected largest reward of \1 of the n completions, "
        r"sum_i x_(i) C(i-1, \1-1) / C(n, \1) with x ascending.",
        "best-of-k",
        None,
    ),
    _Pattern(
        r"best-of-(\d+) truth",
        r"best-of-\1-truth",
        r"best of \1, truth",
        r"Mean over prompts of the expected truth of that one among \1 of the n completions which the reward ranks "
        r"best; ties are broken evenly.",
        "best-of-k",
        "higher",
    ),
    _Pattern(
        "variance between truths",
        "variance-between-truths",
        "variance between classes of equal truth",
        "Mean over prompts of the part of the reward variance that lies between completions of different truth.",
        "truth",
        "higher",
    ),
    _Pattern(
        "variance within truths",
        "variance-within-truths",
        "variance within classes of equal truth",
        "Mean over prompts of the part of the reward variance that lies among equally good completions, which is noise "
        "to a learner (arXiv 2606.21795).",
        "truth",
        "lower",
    ),
    _Pattern(
        "share within truths",
        "share-within-truths",
        "share of the variance that is noise",
        "The variance within classes of equal truth, divided by the reward variance of the same completions.",
        "truth",
        "lower",
    ),
    _Pattern(
        "variance of equal-truth pairs",
        "variance-of-equal-truth-pairs",
        "variance of pairs of equal truth",
        "Mean over prompts of half the mean of (r - r')^2 over all pairs, pairs of different truth counting as zero: "
        "what of the reward variance stems from pairs of equal truth, without bias.",
        "truth",
        "lower",
    ),
    _Pattern(
        "relative gradient bound",
        "relative-gradient-bound",
        "bound on the gradient, relative to the steepest",
        "sqrt(Var) divided by the largest sqrt(Var) of the models compared, of rewards as they teach (rescaled unless "
        "--normalisation is none): the bound on the norm of the first gradient (statements S0 and S2), whose "
        "constants cancel.",
        "flatness",
        "higher",
    ),
    _Pattern(
        "relative time bound",
        "relative-time-bound",
        "bound on the time, relative to the steepest",
        "The largest sqrt(Var) of the models compared, divided by sqrt(Var), of rewards as they teach (rescaled unless "
        "--normalisation is none): the lower bound on the time to any gain (statements S3, S4 and S6), whose constants "
        "cancel. A ratio of bounds is no bound on a ratio.",
        "flatness",
        "lower",
    ),
    _Pattern(
        r"shrink factor, (.+)",
        "shrink-factor",
        r"shrink factor (\1)",
        r"Mean over prompts of s / (s + eps), with the deviation s of a group and the eps that \1 adds to it: how much "
        r"of a standardised advantage is left; 0 for a dead group, 1 where nothing is divided.",
        "trainer",
        "higher",
    ),
)


def described(name: str) -> Described:
    """What is to be said of a measure of `theory.comparison`.

    **Raises** `KeyError` for a name that no description fits.

    >>> described("no signal, G=4").id, described("zero variance").title
    ('no-signal-4', 'dead groups')
    """
    for pattern in _PATTERNS:
        found = re.fullmatch(pattern.name, name)
        if found:
            id, title, definition = (found.expand(text) for text in (pattern.id, pattern.title, pattern.definition))
            return Described(id, title, definition, pattern.section, pattern.better)
    found = re.fullmatch(r"(weighted )?accuracy, (.+), (pooled|by prompt)", name)
    if not found or found[2] not in RULES:
        raise KeyError(name)
    return _accuracy(bool(found[1]), found[2], found[3] == "pooled")


def _accuracy(weighted: bool, rule: str, pooled: bool) -> Described:
    name = "weighted accuracy" if weighted else "accuracy"
    way = "pooled" if pooled else "by prompt"
    if pooled:
        over = "All prompts' pairs are taken together."
    else:
        over = "It is taken in each prompt and then averaged over the prompts."
    weight = " A pair weighs the product of the weights of its completions." if weighted else ""
    id = f"{name}, {rule}, {way}".replace(", ", "-").replace(" ", "-")
    sentence = RULES[rule]
    definition = f"{sentence[0].upper()}{sentence[1:]}. {over}{weight}"
    return Described(id, f"{name}, {rule}, {way}", definition, "accuracy", "higher")
