"""The next word of a real language model: its policy after a prompt, and a reward on wanted and unwanted words."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from flatscape.notebook.course import Course, run_course
from sims.flow_hitting_times import hitting_times
from sims.hitting import Hitting
from sims.llm.loading import LanguageModel, load_language_model
from sims.llm.model_file import cached_model_path
from sims.llm.next_token import logits_after_tokens, token_text
from sims.policy_path import Trajectory
from sims.trajectories import trajectory
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem, make_problem

LONGEST_PROMPT = 64
"""Tokens: a longer prompt would take longer than a person likes to wait."""

MOST_WORDS = 40


class Words(NamedTuple):
    """**Fields**: `wanted`, `unwanted`: ids of tokens by the words that were typed; `beginnings`: the words of which a
    token is only the beginning, with its text."""

    wanted: dict[str, int]
    unwanted: dict[str, int]
    beginnings: dict[str, str]


class LikelyWord(NamedTuple):
    """**Fields**: the token's text, its probability, and its reward before it is made louder or softer."""

    text: str
    probability: float
    reward: float


@lru_cache(maxsize=1)
def kept_model() -> LanguageModel:
    """SmolLM2-135M-Instruct from the cache; nothing is fetched.

    **Raises** `InvalidInputError` if it is not there, saying which command brings it.
    """
    return load_language_model(cached_model_path())


@lru_cache(maxsize=16)
def next_token_logits(prompt: str) -> Float64[np.ndarray, " vocabulary"]:
    """The logits of the token after a prompt.

    **Raises** `InvalidInputError` for an empty or too long prompt, and without the model.
    """
    if not prompt.strip():
        raise InvalidInputError("prompt", "nothing", "Type a few words that the model is to continue.")
    model = kept_model()
    # A space at the end would be taken from the next word, whose token brings its own.
    ids = model.require_tokenizer().encode(prompt.rstrip(), LONGEST_PROMPT)
    return logits_after_tokens(model, [ids])[0].astype(np.float64)


def read_words(wanted: str, unwanted: str) -> Words:
    """The tokens that the words in two lists, separated by commas, begin with.

    **Raises** `InvalidInputError` if a list is empty or too long, or if one token is both wanted and unwanted.
    """
    tokenizer = kept_model().require_tokenizer()
    beginnings: dict[str, str] = {}

    def tokens(name: str, typed: str) -> dict[str, int]:
        words = list(dict.fromkeys(word.strip() for word in typed.split(",") if word.strip()))
        if not 0 < len(words) <= MOST_WORDS:
            raise InvalidInputError(name, f"{len(words)} words", f"Give 1 to {MOST_WORDS} words, separated by commas.")
        found = {}
        for word in words:
            ids = tokenizer.encode(f" {word}", begins=False)
            found[word] = ids[0]
            if len(ids) > 1:
                beginnings[word] = tokenizer.decode(ids[:1])
        return found

    both = Words(tokens("wanted words", wanted), tokens("unwanted words", unwanted), beginnings)
    shared = set(both.wanted.values()) & set(both.unwanted.values())
    if shared:
        text = ", ".join(repr(tokenizer.decode([token])) for token in sorted(shared))
        raise InvalidInputError("words", f"{text} in both lists", "Leave it out of one of them.")
    return both


def word_problem(prompt: str, words: Words, loudness: float) -> Problem:
    """The problem of the next token: the reward model pays `loudness` times the truth, which is 1 for wanted words, -1
    for unwanted ones, and 0 for every other token.

    **Arguments**: `loudness`, in (0, 1].

    **Raises** `InvalidInputError` as `next_token_logits`, and for a loudness that is not.
    """
    if not 0 < loudness <= 1:
        raise InvalidInputError("loudness", loudness, "Give a number above 0 and of at most 1.")
    logits = next_token_logits(prompt)
    truth = np.zeros_like(logits)
    truth[list(words.wanted.values())] = 1.0
    truth[list(words.unwanted.values())] = -1.0
    return make_problem(initial_logits=logits, proxy_reward=loudness * truth, ground_truth_reward=truth)


TIMES = np.concatenate([[0.0], np.geomspace(1.0, 1e5, 63)])
"""At which the flow of rewards of full loudness is shown."""


@lru_cache(maxsize=8)
def loud_path(prompt: str, wanted: str, unwanted: str) -> Trajectory:
    """The flow under the truth itself, at `TIMES`. Arguments are those of `word_course`."""
    return trajectory(word_problem(prompt, read_words(wanted, unwanted), 1.0), TIMES)


@lru_cache(maxsize=64)
def loud_hitting(prompt: str, wanted: str, unwanted: str, increase: float) -> Hitting:
    """The hitting time under the truth itself. Arguments are those of `word_course`."""
    return hitting_times(word_problem(prompt, read_words(wanted, unwanted), 1.0), increase)


def word_course(prompt: str, wanted: str, unwanted: str, *, loudness: float, increase: float) -> Course:
    """The course of a tabular policy that begins at the model's, under rewards of some loudness.

    Rewards that are multiplied by a number make the flow faster by that number and change nothing else, so that one
    path and one hitting time serve all of them.

    **Arguments**: `prompt`; `wanted`, `unwanted`, words separated by commas; `loudness`; `increase`, `gamma`.

    **Raises** `InvalidInputError` as `read_words` and `word_problem`, and for an increase that makes no sense.
    """
    problem = word_problem(prompt, read_words(wanted, unwanted), loudness)
    path, hitting = loud_path(prompt, wanted, unwanted), loud_hitting(prompt, wanted, unwanted, increase)
    return run_course(
        problem,
        increase,
        path=replace(path, times=path.times / loudness),
        hitting=replace(hitting, time=np.asarray(hitting.time / loudness)),
    )


def likely_words(problem: Problem, count: int = 12) -> list[LikelyWord]:
    """The tokens that the policy makes likeliest, and every token that is rewarded, likeliest first."""
    model, policy = kept_model(), np.exp(problem.initial_log_probabilities)
    rewarded = np.flatnonzero(problem.ground_truth_reward)
    places = np.union1d(np.argsort(-policy)[:count], rewarded)
    return [
        LikelyWord(repr(token_text(model, int(k)) or ""), float(policy[k]), float(problem.ground_truth_reward[k]))
        for k in places[np.argsort(-policy[places], kind="stable")]
    ]
