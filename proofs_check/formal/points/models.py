"""Small log-linear policies of sequences in numbers, as the theorems about policies of any kind speak of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import jax
import numpy as np

from proofs_check.coq.numbers import Dual, derivative, same
from proofs_check.coq.reading import Values
from theory.parameter_space.problem import PolicyProblem, make_policy_problem
from theory.policies.log_linear import log_linear_policy
from theory.policies.policy import output_log_probabilities

SEED = 23


@dataclass(frozen=True)
class Model:
    """A policy and what it is taught.

    **Fields**: `features`, shape `(prompts, prefixes, tokens, parameters)`, prefixes in the order of their length;
    `length` of the outputs; parameters at the `start`, which is the reference, and `now`, at any later time; `proxy`
    and `truth`, shape `(prompts, outputs)`; `coefficient` of the KL term.
    """

    features: np.ndarray
    length: int
    start: tuple[float, ...]
    now: tuple[float, ...]
    proxy: np.ndarray
    truth: np.ndarray
    coefficient: float

    @property
    def prompts(self) -> int:
        """How many prompts there are."""
        return int(self.features.shape[0])

    @property
    def tokens(self) -> int:
        """`m`."""
        return int(self.features.shape[2])

    @property
    def parameters(self) -> int:
        """`d`."""
        return int(self.features.shape[3])

    def sequences(self, length: int) -> list[tuple[int, ...]]:
        """All sequences of so many tokens."""
        return list(itertools.product(range(self.tokens), repeat=length))

    @cached_property
    def prefixes(self) -> dict[tuple[int, ...], int]:
        """The number of each prefix."""
        every = [prefix for n in range(self.length) for prefix in self.sequences(n)]
        return {prefix: k for k, prefix in enumerate(every)}

    @cached_property
    def outputs(self) -> dict[tuple[int, ...], int]:
        """The number of each output."""
        return {y: k for k, y in enumerate(self.sequences(self.length))}

    @cached_property
    def problem(self) -> PolicyProblem:
        """The same for `theory`, at the parameters of now."""
        policy = log_linear_policy(self.features, length=self.length)
        with jax.enable_x64(True):
            reference = np.asarray(output_log_probabilities(policy, np.array(self.start)))
            return make_policy_problem(
                policy,
                np.array(self.now),
                proxy_reward=self.proxy,
                ground_truth_reward=self.truth,
                kl_coefficient=self.coefficient,
                log_reference=reference,
            )

    def log_probability(self, parameters: Sequence[float]) -> np.ndarray:
        """`ln pi(y|x)`, shape `(prompts, outputs)`."""
        logits = self.features @ np.array(parameters)
        logits = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        return np.array(
            [
                [sum(logits[x, self.prefixes[y[:k]], y[k]] for k in range(self.length)) for y in self.outputs]
                for x in range(self.prompts)
            ]
        )

    def scores(self, parameters: Sequence[float]) -> np.ndarray:
        """The gradients of `ln pi(y|x)`, shape `(prompts, outputs, parameters)`."""
        logits = self.features @ np.array(parameters)
        shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        centred = self.features - np.einsum("xhv,xhvj->xhj", shares, self.features)[:, :, None]
        return np.array(
            [
                [sum(centred[x, self.prefixes[y[:k]], y[k]] for k in range(self.length)) for y in self.outputs]
                for x in range(self.prompts)
            ]
        )

    @cached_property
    def fisher(self) -> np.ndarray:
        """The Fisher information of each prompt now, shape `(prompts, parameters, parameters)`."""
        weights, scores = np.exp(self.log_probability(self.now)), self.scores(self.now)
        return np.einsum("xy,xyi,xyj->xij", weights, scores, scores)

    @cached_property
    def directions(self) -> list[Callable[[int], float]]:
        """Directions among the parameters in which norms are attained, and the axes."""
        rows = self.features.reshape(-1, self.tokens, self.parameters)
        steepest = max(rows, key=lambda matrix: np.linalg.norm(matrix, 2))
        pairs = itertools.combinations(range(self.tokens), 2)
        contrasts = [matrix[v] - matrix[w] for v, w in pairs for matrix in rows]
        found = [np.linalg.svd(steepest)[2][0], max(contrasts, key=np.linalg.norm)]
        # Of the first prompt's own norms, too.
        first = self.features[0]
        found += [np.linalg.svd(max(first, key=lambda matrix: np.linalg.norm(matrix, 2)))[2][0]]
        found += [max((m[v] - m[w] for m in first for v in range(self.tokens) for w in range(v)), key=np.linalg.norm)]
        found += [np.linalg.eigh(matrix)[1][:, -1] for matrix in (self.fisher[0], self.fisher.mean(axis=0))]
        found += list(np.eye(self.parameters))
        return [_function(direction.tolist()) for direction in found]


def _function(values: Sequence[float]) -> Callable[[int], float]:
    return lambda j: values[j]


def differentiable(d: int) -> Any:
    """In place of the definition: whether the gradient is that of the function, by exact differentiation."""

    def is_gradient(function: Any, at: Any, gradient: Any) -> bool:
        def along(j: int) -> Any:
            return derivative(lambda s: function(lambda k: s if k == j else at(k)), at(j))

        return all(same(along(j), gradient(j)) for j in range(d))

    return lambda function: lambda at: lambda gradient: is_gradient(function, at, gradient)


class Path:
    """The parameters `theta j t` of a path: at the start, then where they are now, on the move at any time."""

    def __init__(self, model: Model, velocity: Sequence[float]) -> None:
        self.model, self._velocity = model, velocity

    def __call__(self, j: int) -> Any:
        return lambda t: self._parameter(j, t)

    def _parameter(self, j: int, t: Any) -> Any:
        if isinstance(t, Dual):
            return Dual(self._parameter(j, t.value), t.slope * self._velocity[j])
        return self.model.now[j] if t > 0 else self.model.start[j]


def is_flow(prompts: int) -> Any:
    """In place of the definition of the flow, which is compared once: whether a path is said to be that of its own
    sizes, of its reward and of its KL coefficient."""

    def holds(sizes: tuple[int, ...], r: Any, lam: Any, theta: Path) -> bool:
        model = theta.model
        rewards = [[r(x)(y) for y in model.outputs] for x in range(model.prompts)]
        own = model.prompts, model.tokens, model.length, model.parameters
        return (sizes, lam, rewards) == (own, model.coefficient, model.proxy.tolist())

    return lambda m: (
        lambda L: lambda d: lambda logits: lambda r: lambda lam: lambda theta: holds((prompts, m, L, d), r, lam, theta)
    )


def variables(model: Model, velocity: Sequence[float]) -> Values:
    """The variables that theorems about policies of any kind share."""
    features = model.features.tolist()

    def logit(z: Any, x: int, prefix: tuple[int, ...], v: int) -> Any:
        row = features[min(x, model.prompts - 1)][model.prefixes[prefix]][v]
        return sum((z(j) * weight for j, weight in enumerate(row)), start=0)

    def slope(x: int, prefix: tuple[int, ...], v: int, j: int) -> float:
        return features[min(x, model.prompts - 1)][model.prefixes[prefix]][v][j]

    def reward(table: np.ndarray, x: int) -> Any:
        rewards = table[min(x, model.prompts - 1)].tolist()
        return lambda y: rewards[model.outputs[y]]

    return {
        "prompts": model.prompts,
        "m": model.tokens,
        "L": model.length,
        "d": model.parameters,
        "logits": lambda z: lambda x: lambda h: lambda v: logit(z, x, h, v),
        "jacobian": lambda z: lambda x: lambda h: lambda v: lambda j: slope(x, h, v, j),
        "r": lambda x: reward(model.proxy, x),
        "g": reward(model.truth, 0),
        "lam": model.coefficient or 0,
        "theta": Path(model, velocity),
        "x0": 0,
    }


def ranges(model: Model, times: Sequence[float]) -> dict[str, Sequence[Any]]:
    """What quantifiers go through."""
    return {
        "nat": range(max(model.prompts, model.tokens, model.parameters)),
        "list nat": [y for n in range(model.length + 1) for y in model.sequences(n)],
        "R": times,
        "nat -> R": model.directions,
    }


def _rising(model: Model) -> Model:
    """The model with parameters of now at which the first prompt's true reward is expected to be higher."""
    weights = np.exp(model.log_probability(model.start))[0] * model.truth[0]
    direction = weights @ model.scores(model.start)[0]
    now = np.array(model.start) + 2 * direction / np.linalg.norm(direction)
    return replace(model, now=tuple(now.tolist()))


@lru_cache(maxsize=1)
def models() -> tuple[Model, ...]:
    """The models at which theorems are compared, the same ones in every run: one token and two, one prompt and two,
    with a KL term and without, rewards that do not vary, and a regularised reward beyond 8. They have two shapes only,
    so that what measures them is compiled twice."""
    rng = random.Random(SEED)

    def numbers(*shape: int) -> np.ndarray:
        return np.array([rng.randint(-8, 8) / 8 for _ in range(int(np.prod(shape)))]).reshape(shape)

    def model(prompts: int, tokens: int, length: int, parameters: int, coefficient: float) -> Model:
        prefixes, outputs = sum(tokens**k for k in range(length)), tokens**length
        return Model(
            numbers(prompts, prefixes, tokens, parameters),
            length,
            tuple(numbers(parameters).tolist()),
            tuple((2 * numbers(parameters)).tolist()),
            numbers(prompts, outputs),
            numbers(prompts, outputs),
            coefficient,
        )

    def table(probability: float, later: float, coefficient: float) -> Model:
        start, now = (float(np.log(p / (1 - p)) / 2) for p in (probability, later))
        rewards = np.array([[1.0, -1.0]])
        return Model(np.eye(2)[None, None], 1, (start, -start), (now, -now), rewards, rewards, coefficient)

    even, tables = table(0.5, 0.95, 0.0), (table(0.25, 0.5, 0.0), table(0.01, 0.75, 0.5), table(0.5, 0.8, 1.0))
    several = tuple(model(2, 2, 2, 2, coefficient) for coefficient in (0.25, 0.0, 2.0, 0.0, 0.0, 0.125))
    # A regularised reward of 8.04, and one of -8.04.
    beyond = (table(0.5, 0.95, 9.04 / float(np.log(10))), table(0.01, 0.5, 9.04 / float(np.log(50))))
    narrow = _rising(replace(several[3], proxy=several[3].proxy / 256))
    faint = _rising(replace(several[1], features=several[1].features / 256))
    still = replace(several[0], proxy=np.full_like(several[0].proxy, 0.5), coefficient=0.0)
    return (even, *tables, replace(even, coefficient=24.0), *several, still, faint, narrow, *beyond)
