"""A reward model in a checkpoint: a decoder with a sequence-classification head, as a reward of texts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

from theory.errors import InvalidInputError

from .loading import LanguageModel
from .rewards.scored_texts import ScoredTexts
from .scores import scores_of_tokens


@dataclass(frozen=True)
class ClassifierReward:
    """What the one label of a reward model says of a prompt and its completion.

    Both are read by the reward model's own tokenizer: as a conversation of a user and an assistant if the model has a
    chat template, and else as one text. A completion has no reward (NaN) if the two are longer than the model's
    context, or if it spells a control token of the model: it could pretend to be another turn of the conversation.

    **Fields**

    - `model`: what `load_language_model` returned, with a tokenizer and one label.
    - `name`: how tables and messages call it.

    **Returns** when called: float64 of shape `(completions,)`.

    **Raises** `InvalidInputError` for a language model, more labels than one, and no tokenizer; when called, for
    prompts that spell a control token, and scores that are not finite.
    """

    model: LanguageModel
    name: str = "reward model"
    needs_features: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if self.model.config.labels != 1:
            got = f"{self.model.config.labels} labels" if self.model.config.labels else "a language model"
            remedy = "Give a reward model with one label, whose architecture ends in ForSequenceClassification."
            raise InvalidInputError(f"model of the reward {self.name!r}", got, remedy)
        self.model.require_tokenizer()

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The score of each completion after its prompt."""
        texts.check()
        rows = [self._tokens(*pair) for pair in zip(texts.prompts, texts.completions, strict=True)]
        readable = [number for number, row in enumerate(rows) if 0 < len(row) <= self.model.config.context_length]
        found = np.full(len(rows), np.nan)
        if readable:
            found[readable] = scores_of_tokens(self.model, [rows[number] for number in readable])[:, 0]
        return found

    def _tokens(self, prompt: str, completion: str) -> list[int]:
        """The ids of both; none if the completion spells a control token."""
        tokenizer = self.model.require_tokenizer()
        if tokenizer.control_token_in(completion) is not None:
            return []
        if not tokenizer.has_chat_template:
            return tokenizer.encode(prompt + completion)
        conversation = tokenizer.chat_prompt([("user", prompt), ("assistant", completion)], asks_for_reply=False)
        return tokenizer.encode(conversation, begins=False)
