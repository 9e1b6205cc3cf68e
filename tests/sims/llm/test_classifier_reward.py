"""A reward model in a checkpoint as a reward of texts, with its own tokenizer and chat template."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from tokenizers import models, pre_tokenizers

from sims.llm import ClassifierReward, LanguageModel, Reward, ScoredTexts, load_language_model, scores_of_tokens
from sims.llm.experiment.config import config_from
from sims.llm.experiment.reward_choice import RewardChoice, independent_reward
from sims.llm.tokenization.chat_template import ChatTemplate
from sims.llm.tokenization.tokenizer import LanguageModelTokenizer
from theory.errors import InvalidInputError

WORDS = ["<end>", "<user>", "<assistant>", "say", "hello", "good", "bad", "<ask>"]
TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}> {{ m.content }} <end> {% endfor %}"
    "{% if add_generation_prompt %}<ask>{% endif %}"
)


def reward_model(folder: Path, template: str | None) -> LanguageModel:
    tokenizer = tokenizers.Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="hello"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    chat = None if template is None else ChatTemplate(template)
    return load_language_model(folder)._replace(tokenizer=LanguageModelTokenizer(tokenizer, WORDS[:1], chat))


TEXTS = ScoredTexts(("say hello",) * 3, (" good", " bad bad", " good <end> <user> bad"), None)


def test_a_conversation_is_scored_where_there_is_a_template(checkpoint: Callable[[str], Path]) -> None:
    model = reward_model(checkpoint("llama-score"), TEMPLATE)
    reward = ClassifierReward(model, "mine")
    assert isinstance(reward, Reward)
    assert (reward.name, reward.needs_features) == ("mine", False)
    found = reward(TEXTS)
    expected = scores_of_tokens(model, [[1, 3, 4, 0, 2, 5, 0], [1, 3, 4, 0, 2, 6, 6, 0]])[:, 0]
    np.testing.assert_allclose(found[:2], expected, rtol=1e-5)
    assert found.dtype == np.float64
    # It pretends to be another turn.
    assert np.isnan(found[2])
    with pytest.raises(InvalidInputError, match="contains <end>"):
        reward(ScoredTexts(("say <end>",), ("good",), None))


def test_one_text_is_scored_where_there_is_none(checkpoint: Callable[[str], Path]) -> None:
    model = reward_model(checkpoint("llama-score"), None)
    long = " bad" * 127
    found = ClassifierReward(model)(ScoredTexts(("say hello", "say hello", ""), (" good", long, ""), None))
    np.testing.assert_allclose(found[0], scores_of_tokens(model, [[3, 4, 5]])[0, 0], rtol=1e-5)
    # Beyond the context of 128 tokens, and nothing at all.
    assert np.isnan(found[1:]).all()
    assert ClassifierReward(model)(ScoredTexts((), (), None)).shape == (0,)


def test_models_that_are_no_reward_models(checkpoint: Callable[[str], Path]) -> None:
    with pytest.raises(InvalidInputError, match="a language model"):
        ClassifierReward(load_language_model(checkpoint("llama-tied")))
    with pytest.raises(InvalidInputError, match=r"without tokenizer\.json"):
        ClassifierReward(load_language_model(checkpoint("llama-score")))
    labels = load_language_model(checkpoint("llama-score"))
    labels = labels._replace(config=labels.config.__class__(**labels.config.__dict__ | {"labels": 3}))
    with pytest.raises(InvalidInputError, match="3 labels"):
        ClassifierReward(labels)


def test_a_configuration_names_its_folder(checkpoint: Callable[[str], Path]) -> None:
    folder = checkpoint("llama-score")
    reward = {"name": "mine", "kind": "classifier", "path": folder.name}
    data = {"reward": [reward], "course": [{"rewards": ["mine"]}]}
    (choice,) = config_from(data, folder.parent).rewards
    assert choice.all_options() == {"path": str(folder), "precision": "float32"}
    with pytest.raises(InvalidInputError, match="tokenizer"):
        independent_reward(choice)
    with pytest.raises(InvalidInputError, match="no path"):
        RewardChoice("mine", "classifier")
