"""How fast the device is: memory, tokens, hitting times, training steps. Medians of repeats, the first call apart."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.accelerator.decoder_kernels import compiled_generate, padded
from benchmarks.accelerator.sizes import Sizes
from benchmarks.accelerator.tabular_kernels import problems
from benchmarks.accelerator.training_kernels import MODELS, SAMPLES, trained
from benchmarks.accelerator.weights import decoder_weights, in_precision
from sims.flow_hitting_times import hitting_times
from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import count_parameters
from sims.llm.sampling.generate import completion_keys
from sims.llm.sampling.settings import SamplingSettings
from sims.policy_gradient.method import rloo
from theory.tabular.problem import Problem

TRIADS = 10
"""Triads that follow each other without waiting: starting one costs nothing then."""


class Rate(NamedTuple):
    """One measurement.

    **Fields**: `what`, `sizes`, `precision` in words; `rate` and its `unit`; `seconds` of one run, the median, and
    `first_seconds` of the first, which compiles; `ceiling`, the rate that the device's memory allows, if that is known.
    """

    what: str
    sizes: str
    precision: str
    rate: float
    unit: str
    seconds: float
    first_seconds: float
    ceiling: float | None = None


def timed(run: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """The median seconds of several runs, each waited for, and the seconds of one before them."""
    seconds = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        jax.block_until_ready(run())
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds[1:])), seconds[0]


def bandwidth(sizes: Sizes) -> Rate:
    """Bytes per second of `a = b + s c` on float32 arrays: two are read and one is written."""
    arrays = [jnp.full(sizes.copied, float(k), jnp.float32) for k in range(3)]
    triad = jax.jit(lambda a, b, c: b + jnp.float32(3) * c, donate_argnums=0)

    def run() -> jax.Array:
        for _ in range(TRIADS):
            arrays[0] = triad(*arrays)
        return arrays[0]

    seconds, first = timed(run, sizes.repeats)
    moved = 3 * 4 * sizes.copied * TRIADS
    size = f"{sizes.copied:,} numbers in each of 3 arrays"
    return Rate("memory, triad", size, "float32", moved / seconds / 1e9, "GB/s", seconds, first)


def bytes_per_token_step(
    config: DecoderConfig, parameters: int, item: int, batch: int, prompt_length: int, tokens: int
) -> float:
    """The bytes that have to be read for one more token of each completion of a batch.

    All weights once, the keys and values of the prompts once (`sqrt(batch)` of them, each with as many completions),
    and those of the tokens drawn before, on average half of them. Logits and what is written are not counted.

    **Arguments**: `parameters`, their number; `item`, bytes of one.
    """
    per_place = 2 * config.layers * config.key_value_heads * config.head_size
    places = round(batch**0.5) * prompt_length + batch * tokens / 2
    return item * (parameters + per_place * places)


def sampling(sizes: Sizes, batch: int, dtype: str, memory: float) -> Rate:
    """Tokens per second of sampling, all completions together, and what the memory allows.

    Reading the prompts is not counted: the seconds of a single token are taken off those of all, unless that is most of
    them.

    **Arguments**: `memory`, in GB/s.
    """
    weights = decoder_weights(sizes)
    parameters, side = in_precision(weights.parameters, dtype), round(batch**0.5)
    rng = np.random.default_rng(8)
    size = (side, sizes.prompt_length)
    rows = padded(list(rng.integers(0, weights.config.vocabulary_size, size).astype(np.int32)))
    numbers = jnp.arange(batch, dtype=jnp.uint32).reshape(side, side)
    keys = completion_keys(jnp.asarray(0, jnp.uint32), numbers)

    def run(tokens: int) -> Callable[[], Any]:
        settings = SamplingSettings(max_tokens=tokens)
        return lambda: compiled_generate(parameters, weights.config, settings, *rows, keys)

    alone, _ = timed(run(1), sizes.repeats)
    seconds, first = timed(run(sizes.tokens), sizes.repeats)
    if seconds > 2 * alone:
        steps, spent, prompts = sizes.tokens - 1, seconds - alone, ""
    else:
        steps, spent, prompts = sizes.tokens, seconds, " (reading them counted)"
    item = jnp.dtype(dtype).itemsize
    count = count_parameters(parameters)
    read = bytes_per_token_step(weights.config, count, item, batch, sizes.prompt_length, sizes.tokens)
    counted = f"{count / 1e6:,.3g}M parameters, batch {batch}"
    said = f"{counted}, prompts of {sizes.prompt_length}{prompts}, {sizes.tokens} tokens"
    ceiling = batch * memory * 1e9 / read
    return Rate("sampling", said, dtype, batch * steps / spent, "tokens/s", seconds, first, ceiling)


def hitting(sizes: Sizes, outputs: int, *, regularized: bool) -> Rate:
    """Hitting times per second in the largest batch that takes no longer than `sizes.patience`."""
    what, seconds, first, solved = f"hitting times{' with KL' if regularized else ''}", 0.0, 0.0, 0
    for count in sizes.hitting_batches:
        if solved and seconds * count / solved > sizes.patience:
            break
        problem, increase = problems(count, outputs, regularized=regularized, seed=9)
        seconds, first = timed(partial(_times, problem, increase), sizes.repeats)
        solved = count
    said = f"{solved:,} problems, |Y| = {outputs}"
    return Rate(what, said, "float64", solved / seconds, "problems/s", seconds, first)


def _times(problem: Problem, increase: np.ndarray) -> np.ndarray:
    return np.asarray(hitting_times(problem, increase).time)


def rloo_training(sizes: Sizes) -> Rate:
    """Steps of RLOO per second, those of all reward models and seeds counted."""
    method, seeds, epochs = rloo(SAMPLES), sizes.training_seeds, sizes.training_epochs
    seconds, first = timed(lambda: trained(sizes, method, epochs, seeds).parameters, sizes.repeats)
    said = (
        f"{MODELS} reward models x {seeds} seeds, {sizes.training_prompts} prompts, |Y| = {sizes.training_outputs}, "
        f"{sizes.training_features} features"
    )
    return Rate("RLOO training", said, "float64", MODELS * seeds * epochs / seconds, "steps/s", seconds, first)


def measurements(sizes: Sizes, double: bool) -> Iterator[tuple[str, Callable[[float], Rate]]]:
    """What is measured, by name, as functions of the memory's GB/s, which is measured first."""
    yield "memory, triad", lambda _: bandwidth(sizes)
    for dtype, batch in product(("float32", "bfloat16"), sizes.batches):
        yield f"sampling, {dtype}, {batch}", partial(sampling, sizes, batch, dtype)
    if double:
        for regularized, outputs in product((False, True), sizes.outputs):
            name = f"hitting times{' with KL' if regularized else ''}, |Y| = {outputs}"
            yield name, lambda _, o=outputs, r=regularized: hitting(sizes, o, regularized=r)  # type: ignore[misc]
        yield "RLOO training", lambda _: rloo_training(sizes)


def measure(sizes: Sizes, double: bool) -> list[dict[str, Any]]:
    """A row for each measurement; one that ends in an error has `error` and no rate."""
    rows: list[dict[str, Any]] = []
    memory = float("nan")
    for name, run in measurements(sizes, double):
        started = time.perf_counter()
        try:
            rate = run(memory)
        except Exception as error:  # Whatever a device cannot do is a row of the table.
            rows.append({"what": name, "error": f"{type(error).__name__}: {error}"})
        else:
            memory = rate.rate if rate.unit == "GB/s" else memory
            known = rate.ceiling if rate.ceiling is not None and np.isfinite(rate.ceiling) else None
            share = None if known is None else rate.rate / known
            rows.append(rate._asdict() | {"ceiling": known, "share_of_ceiling": share})
        print(f"  {name}: {time.perf_counter() - started:.1f} s", file=sys.stderr)
    return rows
