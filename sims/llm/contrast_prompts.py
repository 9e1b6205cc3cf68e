"""The prompts on which a real language model meets the theory, each with two contexts that pull it opposite ways."""

from __future__ import annotations

from typing import NamedTuple


class ContrastPrompt(NamedTuple):
    """A prompt, a context that makes wanted continuations likelier, and one that makes unwanted ones likelier."""

    prompt: str
    wanted: str
    unwanted: str


CONTRAST_PROMPTS = (
    ContrastPrompt(
        "The film was",
        "A five-star review by someone who loved every minute of it.\n",
        "A one-star review by someone who hated every minute of it.\n",
    ),
    ContrastPrompt(
        "This morning I woke up feeling",
        "I slept deeply, the sun is shining and today is my birthday.\n",
        "I hardly slept, I have a fever and today is the funeral.\n",
    ),
    ContrastPrompt(
        "The capital of France is",
        "Correct answers from an excellent teacher of geography:\n",
        "Wrong answers from a student who confuses all the countries:\n",
    ),
    ContrastPrompt(
        "My new neighbour is",
        "We could not have been luckier with the kind people next door.\n",
        "Since the dreadful people next door moved in, we have had no peace.\n",
    ),
    ContrastPrompt(
        "The doctor told us that the patient",
        "Good news from the hospital: the treatment worked.\n",
        "Bad news from the hospital: the treatment failed.\n",
    ),
    ContrastPrompt(
        "The food at this restaurant is",
        "Critics agree that it is the best place to eat in town.\n",
        "Inspectors closed the place because people fell ill.\n",
    ),
    ContrastPrompt(
        "The company's shares have",
        "Record profits delighted investors this quarter.\n",
        "Record losses frightened investors this quarter.\n",
    ),
    ContrastPrompt(
        "Dear customer, we are",
        "A warm and polite letter that thanks a loyal customer:\n",
        "A cold and angry letter that threatens a customer with court:\n",
    ),
    ContrastPrompt(
        "The experiment",
        "The result confirmed the theory beyond all expectations.\n",
        "The result was a disaster and the laboratory burnt down.\n",
    ),
    ContrastPrompt(
        "In the end, the hero",
        "A comedy in which all ends well:\n",
        "A tragedy in which all ends badly:\n",
    ),
    ContrastPrompt(
        "The answer to 2 + 2 is",
        "A careful mathematician answers correctly.\n",
        "A joker answers with nonsense.\n",
    ),
    ContrastPrompt(
        "My grandmother always said that",
        "She was a gentle and generous woman.\n",
        "She was a bitter and greedy woman.\n",
    ),
)
"""Twelve prompts. Changing one makes `language_model_problems` compute anew."""
