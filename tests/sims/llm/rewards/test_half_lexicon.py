from __future__ import annotations

import numpy as np
import pytest

from sims.llm import GroundTruth, HalfLexicon
from sims.llm.rewards.ground_truth import sentiment_analyzer
from theory.errors import InvalidInputError

from .conftest import texts_of

WORDS = tuple(word for word in sentiment_analyzer().lexicon if word.isalpha() and len(word) > 2)


def test_half_of_the_words_count_as_in_the_ground_truth_and_the_others_not_at_all():
    truth, half = (reward(texts_of(*WORDS)) for reward in (GroundTruth(), HalfLexicon(seed=1)))
    known = half != 0
    assert (half[known] == truth[known]).all()
    assert 0.45 < known.sum() / (truth != 0).sum() < 0.55


def test_the_seed_chooses_the_words():
    one, same, other = (HalfLexicon(seed=seed)(texts_of(*WORDS)) for seed in (1, 1, 2))
    assert (one == same).all()
    assert not (one == other).all()


def test_the_whole_lexicon_stays_as_it_is():
    before = dict(sentiment_analyzer().lexicon)
    HalfLexicon(seed=5)(texts_of("Hello."))
    assert sentiment_analyzer().lexicon == before


def test_words_that_the_half_has_are_half_of_all():
    from sims.llm.rewards.half_lexicon import _half_analyzer

    whole = sentiment_analyzer().lexicon
    half = _half_analyzer(7).lexicon
    assert len(half) == len(whole) // 2
    assert half.items() <= whole.items()


def test_a_negative_seed_is_refused():
    with pytest.raises(InvalidInputError, match="seed"):
        HalfLexicon(seed=-1)


def test_rules_on_neighbouring_words_still_hold():
    known = next(word for word, score in zip(WORDS, HalfLexicon(seed=1)(texts_of(*WORDS)), strict=True) if score > 0)
    plain, stressed, negated = HalfLexicon(seed=1)(texts_of(known, f"very {known}", f"not {known}"))
    assert stressed > plain > 0 > negated
    assert np.isfinite([plain, stressed, negated]).all()
