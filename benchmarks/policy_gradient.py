"""RLOO steps per second, 20 seeds x 7 reward models, against plain loops in NumPy and in PyTorch over the same work.

A log-linear policy on 200 prompts, RLOO with two samples per prompt, the paper's KL coefficient, and Adam. A step is
one minibatch of one seed under one reward model. flatscape runs all 140 of them at once; the loops run them one after
the other (fewer of them are timed), as one would write it: NumPy with the gradient by hand, PyTorch with automatic
differentiation. They take turns in one process, after compilation, and ratios are those of medians. Given the same
random numbers, the loops have to end at the same parameters to 1e-8, or the run fails. PyTorch is optional.

Run as `python -m benchmarks.policy_gradient [--quick]`; prints a table and writes out/benchmarks/policy_gradient.json.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import jax
import numpy as np
import optax

from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions
from sims.policy_gradient import Training, rloo, shuffled_batches, train
from sims.policy_gradient.training import PAPER_KL_COEFFICIENT
from theory.policies import LogLinearPolicy, log_linear_policy

try:
    import torch
except ImportError:
    torch = None

COLUMNS = ["method", "steps per second", "flatscape over it", "check", "first call, s"]
AGREEMENT = 1e-8
SEEDS, MODELS, PROMPTS, OUTPUTS, DIMENSION, SAMPLES = 20, 7, 200, 16, 32, 2
RATE = 1e-2

Draw = tuple[np.ndarray, np.ndarray]
"""The prompts of a minibatch, and the uniform numbers that choose its samples, shape `(batch, samples)`."""


class Task(NamedTuple):
    """**Fields**: `policy`; `start`, its parameters; `rewards`, shape `(models, prompts, outputs)`; `batch_size`;
    `epochs`."""

    policy: LogLinearPolicy
    start: np.ndarray
    rewards: np.ndarray
    batch_size: int
    epochs: int

    @property
    def features(self) -> np.ndarray:
        """Shape `(prompts, outputs, dimension)`."""
        return np.asarray(self.policy.features)[:, 0]

    @property
    def steps(self) -> int:
        """Steps of one seed under one reward model."""
        return self.epochs * PROMPTS // self.batch_size


def make_task(batch_size: int, epochs: int) -> Task:
    """Random features and rewards."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(PROMPTS, OUTPUTS, DIMENSION)) / DIMENSION**0.5
    rewards = rng.uniform(-1, 1, (MODELS, PROMPTS, OUTPUTS))
    return Task(log_linear_policy(features), rng.normal(size=DIMENSION), rewards, batch_size, epochs)


OPTIMIZER = optax.adam(RATE)


def flatscape(task: Task, seeds: int = SEEDS) -> Training:
    """Everything at once, measured at the start and at the end."""
    return train(
        task.policy,
        task.start,
        reward_models=task.rewards,
        ground_truth_reward=task.rewards[0],
        optimizer=OPTIMIZER,
        method=rloo(SAMPLES),
        epochs=task.epochs,
        batch_size=task.batch_size,
        seeds=range(seeds),
        record_every=task.epochs,
    )


def same_draws(task: Task, seed: int) -> Iterator[Draw]:
    """The random numbers that flatscape uses."""
    training_key, _ = jax.random.split(jax.random.key(seed))
    for epoch in range(task.epochs):
        order_key, sample_key = jax.random.split(jax.random.fold_in(training_key, epoch))
        batches = shuffled_batches(order_key, np.arange(PROMPTS), task.batch_size)
        for batch, key in zip(batches, jax.random.split(sample_key, len(batches)), strict=True):
            yield np.asarray(batch), np.asarray(jax.random.uniform(key, (task.batch_size, SAMPLES)))


def own_draws(task: Task, seed: int) -> Iterator[Draw]:
    """Random numbers as NumPy makes them."""
    rng = np.random.default_rng(seed)
    for _ in range(task.epochs):
        for batch in rng.permutation(PROMPTS).reshape(-1, task.batch_size):
            yield batch, rng.random((task.batch_size, SAMPLES))


def numpy_loop(task: Task, model: int, draws: Iterable[Draw]) -> np.ndarray:
    """One seed under one reward model with NumPy, the gradient by hand."""
    features, reward = task.features, task.rewards[model]

    def log_policy(logits: np.ndarray) -> np.ndarray:
        logits = logits - logits.max(axis=1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    reference, theta = log_policy(features @ task.start), task.start.copy()
    first, second = np.zeros_like(theta), np.zeros_like(theta)
    rows = np.arange(task.batch_size)[:, None]
    for count, (batch, heights) in enumerate(draws, start=1):
        own = features[batch]
        logs = log_policy(own @ theta)
        policy = np.exp(logs)
        cumulative = policy.cumsum(axis=1)
        samples = (cumulative[:, None, :-1] <= (heights * cumulative[:, -1:])[:, :, None]).sum(axis=2)
        change = logs[rows, samples] - reference[batch[:, None], samples]
        rewards = reward[batch[:, None], samples] - PAPER_KL_COEFFICIENT * change
        advantages = (rewards - rewards.mean(axis=1, keepdims=True)) * (SAMPLES / (SAMPLES - 1) / rewards.size)
        weights = -policy * advantages.sum(axis=1, keepdims=True)
        np.add.at(weights, (rows, samples), advantages)
        slope = -np.tensordot(weights, own, 2)
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        theta = theta - RATE * (first / (1 - 0.9**count)) / (np.sqrt(second / (1 - 0.999**count)) + 1e-8)
    return theta


def torch_loop(task: Task, model: int, draws: Iterable[Draw]) -> np.ndarray:
    """The same with PyTorch, its own Adam and automatic differentiation."""
    features, reward = torch.tensor(task.features), torch.tensor(task.rewards[model])
    theta = torch.tensor(task.start, requires_grad=True)
    reference = (features @ theta).log_softmax(1).detach()
    optimizer = torch.optim.Adam([theta], lr=RATE)
    for numbers, uniform in draws:
        batch, heights = torch.from_numpy(np.array(numbers)).long(), torch.from_numpy(np.array(uniform))
        logs = (features[batch] @ theta).log_softmax(1)
        with torch.no_grad():
            cumulative = logs.exp().cumsum(1)
            samples = (cumulative[:, None, :-1] <= (heights * cumulative[:, -1:])[:, :, None]).sum(2)
        drawn = logs.gather(1, samples)
        with torch.no_grad():
            change = drawn - reference[batch].gather(1, samples)
            rewards = reward[batch].gather(1, samples) - PAPER_KL_COEFFICIENT * change
            advantages = (rewards - rewards.mean(1, keepdim=True)) * (SAMPLES / (SAMPLES - 1))
        optimizer.zero_grad()
        (-(advantages * drawn).mean()).backward()
        optimizer.step()
    return theta.detach().numpy()


Loop = Callable[[Task, int, Iterable[Draw]], np.ndarray]


def check_agreement(task: Task, name: str, loop: Loop) -> str:
    """How far a loop ends from flatscape, given the same random numbers; for two seeds under two models."""
    found = flatscape(task, 2).parameters
    difference = max(
        float(np.abs(loop(task, model, same_draws(task, seed)) - found[model, seed]).max())
        for model, seed in ((0, 0), (MODELS - 1, 1))
    )
    if difference > AGREEMENT:
        raise RuntimeError(f"{name} ends {difference:.1e} away from flatscape")
    return f"{difference:.0e} apart"


def measure(quick: bool, batch_size: int) -> list[list[str]]:
    """Rows of the table: medians over repeats in which all contestants take turns."""
    task = make_task(batch_size, 20 if quick else 50)
    # The loops' speed does not depend on how many of them follow each other.
    runs, repeats = (2, 5) if quick else (10, 7)
    loops: dict[str, Loop | None] = {"NumPy loop": numpy_loop, "PyTorch loop": None if torch is None else torch_loop}
    checks = {name: check_agreement(make_task(batch_size, 2), name, loop) for name, loop in loops.items() if loop}
    started = time.perf_counter()
    flatscape(task)
    first_call = time.perf_counter() - started
    rates: dict[str, list[float]] = {"flatscape": [], **{name: [] for name in loops}}
    for _ in range(repeats):
        started = time.perf_counter()
        flatscape(task)
        rates["flatscape"].append(SEEDS * MODELS * task.steps / (time.perf_counter() - started))
        for name, loop in loops.items():
            if loop is None:
                continue
            started = time.perf_counter()
            for run in range(runs):
                loop(task, run % MODELS, own_draws(task, run))
            rates[name].append(runs * task.steps / (time.perf_counter() - started))
    ours = float(np.median(rates["flatscape"]))
    rows = [[f"flatscape, minibatches of {batch_size}", f"{ours:,.0f}", "", "", f"{first_call:.1f}"]]
    for name, loop in loops.items():
        if loop is None:
            rows.append([f"{name} (not installed)", "", "", "", ""])
            continue
        theirs = float(np.median(rates[name]))
        rows.append([name, f"{theirs:,.0f}", f"{ours / theirs:.1f}x", checks[name], ""])
    return rows


def main() -> None:
    """Runs all measurements and prints the table."""
    options = parse_options(__doc__, "policy_gradient", "fewer epochs, repeats and runs of the loops")
    jax.config.update("jax_enable_compilation_cache", False)
    jax.config.update("jax_enable_x64", True)
    rows = [row for batch_size in ((8, 20)) for row in measure(options.quick, batch_size)]
    used = versions() | {"torch": "not installed" if torch is None else torch.__version__}
    write_report(options, COLUMNS, rows, versions=used)


if __name__ == "__main__":
    main()
