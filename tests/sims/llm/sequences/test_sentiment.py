from __future__ import annotations

from sims.llm.sequences.sentiment import vader_compound


def test_sentiment_is_a_reward_of_each_text() -> None:
    texts = ["I love this.", "I hate this.", "It is a table.", "\ufffd<|im_end|>"]
    love, hate, table, noise = vader_compound(texts)
    assert -1 <= hate < table == noise == 0 < love <= 1
    assert vader_compound([]) == []
