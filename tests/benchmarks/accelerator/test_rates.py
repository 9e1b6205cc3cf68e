"""The ceiling that memory sets, by hand; measurements that take turns and survive one that fails."""

from __future__ import annotations

import pytest

from benchmarks.accelerator import rates
from benchmarks.accelerator.rates import Rate, bytes_per_token_step, measure, sampling, timed
from benchmarks.accelerator.sizes import MINIATURE, SMOLLM2_135M, TINY
from benchmarks.accelerator.weights import decoder_weights
from sims.llm.decoder.parameters import count_parameters


def test_bytes_of_a_token_step_by_hand():
    # Two layers of two heads of four numbers, key and value: 32 numbers a place. Two prompts of five tokens, four
    # completions of six tokens, half of which are there on average: 22 places.
    assert bytes_per_token_step(MINIATURE, 1000, 4, 4, 5, 6) == 4 * (1000 + 32 * 22)


def test_weights_are_nearly_all_of_a_small_batch_of_smollm2():
    assert bytes_per_token_step(SMOLLM2_135M, 134_515_008, 2, 1, 1, 1) == pytest.approx(2 * 134_515_008, rel=1e-3)


def test_the_ceiling_is_the_batch_over_the_seconds_that_reading_takes():
    found = sampling(TINY, 4, "float32", 2.0)
    count = count_parameters(decoder_weights(TINY).parameters)
    read = bytes_per_token_step(MINIATURE, count, 4, 4, TINY.prompt_length, TINY.tokens)
    assert found.ceiling == pytest.approx(4 * 2e9 / read)
    assert found.rate > 0


def test_the_first_run_is_apart():
    calls: list[int] = []
    seconds, first = timed(lambda: calls.append(1), 3)
    assert len(calls) == 4
    assert min(seconds, first) >= 0


def test_a_measurement_that_fails_is_a_row(monkeypatch: pytest.MonkeyPatch):
    def fail(_: float) -> Rate:
        raise MemoryError("too large")

    good = Rate("memory, triad", "", "float32", 5.0, "GB/s", 1.0, 1.0)
    seen: list[float] = []

    def after(memory: float) -> Rate:
        seen.append(memory)
        return good._replace(what="sampling", unit="tokens/s", ceiling=10.0)

    listed = [("memory, triad", lambda _: good), ("failing", fail), ("sampling", after)]
    monkeypatch.setattr(rates, "measurements", lambda *_: iter(listed))
    first, second, third = measure(TINY, True)
    assert first["ceiling"] is None
    assert second == {"what": "failing", "error": "MemoryError: too large"}
    assert seen == [5.0]
    assert third["share_of_ceiling"] == 0.5
