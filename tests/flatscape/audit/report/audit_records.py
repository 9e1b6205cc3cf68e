"""Records of audits made by hand, for the page and the figure: realistic numbers of any number of models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

HOSTILE = ("<script>alert(1)</script>", 'a"b', "it's </style> & <b>", "x" * 90, "名前 with spaces")
"""Names that a page has to survive."""

SIZES = (2, 4, 8, 16)
SUBSETS = (1, 2, 4, 8)


def record(
    models: Sequence[str] = ("rm_small", "rm_large", "rm_accurate"),
    *,
    truth: bool = True,
    policies: Sequence[str | None] = (None,),
    prompts: int = 240,
    seed: int = 0,
) -> dict[str, Any]:
    """A record of version 1. Of a single prompt, no interval is known."""
    random = np.random.default_rng(seed)
    return {
        "schema": "flatscape audit",
        "version": 1,
        "source": source(prompts),
        "settings": {
            "trainer": "trl",
            "group_sizes": list(SIZES),
            "resamples": 2000,
            "seed": seed,
            "level": 0.95,
            "normalisation": "global",
            "teaching": {"method": "flow", "budget": 10.0, "kl_coefficient": 0.0, "gains": None},
        },
        "policies": [policy(random, name, list(models), truth=truth, prompts=prompts) for name in policies],
        "cannot_know": [
            "Whether what is learnt from one prompt helps or harms with others.",
            "How good the truth is: it is taken as given.",
        ],
    }


def source(prompts: int) -> dict[str, Any]:
    """What was read, with a warning and an exclusion whose example is hostile."""
    return {
        "format": "trl",
        "group_key": ["step", "prompt"],
        "rows_read": prompts * 16 + 7,
        "rows_used": prompts * 16,
        "prompts": prompts,
        "completions": {"least": 12, "median": 16.0, "most": 16},
        "exclusions": [
            {
                "reason": "the reward is no number",
                "count": 7,
                "examples": [{"prompt": HOSTILE[0], "reward": "N/A"}, {"prompt": "y" * 400, "reward": None}],
            }
        ],
        "warnings": ["rm_small: all scores are multiples of 0.01: rounding makes false ties."],
    }


def policy(
    random: np.random.Generator, name: str | None, models: list[str], *, truth: bool, prompts: int
) -> dict[str, Any]:
    """What was found of one policy."""
    variance = np.sort(10.0 ** random.uniform(-3.5, -0.3, len(models)))
    order = [models[k] for k in random.permutation(len(models))]
    return {
        "policy": name,
        "prompts": prompts,
        "models": models,
        "measures": measures(random, models, variance, truth=truth, single=prompts == 1),
        "variance_over_prompts": histogram(random, models, variance, prompts),
        "no_signal": no_signal(random, models, variance, single=prompts == 1),
        "best_of_k": {
            "k": list(SUBSETS),
            "reward": {m: [0.1 * k for k in SUBSETS] for m in models},
            "truth": dict(zip(models, best_truth(len(models)).tolist(), strict=True)) if truth else None,
        },
        "advantages": {"convention": "trl", "agree": False, "largest_difference": 0.31, "rows": 3840},
        "teaching": teaching(random, models, variance, truth=truth, single=prompts == 1),
        "verdict": verdict(random, models, order),
    }


def best_truth(models: int) -> np.ndarray:
    """Expected truth of the best of k: models by subset sizes."""
    return 0.4 + 0.02 * np.arange(1, models + 1)[:, None] * np.log2(SUBSETS)


def measures(
    random: np.random.Generator, models: list[str], variance: np.ndarray, *, truth: bool, single: bool
) -> list[dict[str, Any]]:
    """A few of the measures of each section."""
    chosen = [
        ("reward-variance", "reward variance", "variance", "higher", variance),
        ("within-prompt-share", "share of the variance within prompts", "variance", "higher", variance**0.3),
        ("dead-groups", "dead groups", "signal", "lower", np.round(0.4 - 0.3 * variance, 2)),
        *(
            (f"no-signal-{size}", f"P(no signal) in a group of {size}", "signal", "lower", 0.9 / size + 0 * variance)
            for size in SIZES
        ),
        ("shrink-factor", "shrink factor (trl)", "trainer", "higher", 1 - 0.1 / (1 + variance)),
        (
            "relative-time-bound",
            "bound on the time, relative to the steepest",
            "flatness",
            "lower",
            variance[-1] / variance,
        ),
    ]
    if truth:
        accuracy = random.uniform(0.52, 0.93, len(models))
        chosen += [
            ("accuracy-strict-pooled", "accuracy, strict, pooled", "accuracy", "higher", accuracy),
            ("accuracy-half-credit-pooled", "accuracy, half credit, pooled", "accuracy", "higher", accuracy + 0.02),
            ("share-within-truths", "share of the variance that is noise", "truth", "lower", 1 - accuracy),
            *(
                (f"best-of-{k}-truth", f"best of {k}, truth", "best-of-k", "higher", best_truth(len(models))[:, j])
                for j, k in enumerate(SUBSETS)
            ),
        ]
    return [measure(*one, models=models, single=single) for one in chosen]


def measure(
    id: str, title: str, section: str, better: str | None, values: np.ndarray, *, models: list[str], single: bool
) -> dict[str, Any]:
    """One measure; the half-width of an interval is a tenth of the value, that of a difference a sixth."""
    values = np.asarray(values, dtype=np.float64)
    apart = [(a, b) for a in range(len(models)) for b in range(a + 1, len(models))]
    width = float(np.abs(values).mean()) / 6
    return {
        "id": id,
        "title": title,
        "definition": f"The {title}: a mean over prompts of sum (r - mean)^2 / (n - 1), where n >= 2.",
        "section": section,
        "better": better,
        "estimate": dict(zip(models, values.tolist(), strict=True)),
        "interval": {
            m: [None, None] if single else [0.9 * v, 1.1 * v] for m, v in zip(models, values.tolist(), strict=True)
        },
        "differences": [
            {
                "first": models[a],
                "second": models[b],
                "estimate": float(values[a] - values[b]),
                "interval": [None, None] if single else [float(values[a] - values[b]) + s * width for s in (-1, 1)],
                "probability_first_larger": None if single else float(values[a] > values[b]),
            }
            for a, b in apart
        ],
    }


def histogram(random: np.random.Generator, models: list[str], variance: np.ndarray, prompts: int) -> dict[str, Any]:
    """Counts between edges of equal ratios."""
    edges = np.geomspace(1e-5, 2.0, 25)
    zero = {m: int(prompts * 0.1 * k / len(models)) for k, m in enumerate(models)}
    counts = {}
    for m, middle in zip(models, variance, strict=True):
        drawn = np.clip(middle * np.exp(random.normal(0, 1.2, prompts - zero[m])), edges[0], edges[-1])
        counts[m] = np.histogram(drawn, edges)[0].tolist()
    undefined = dict.fromkeys(models, 3)
    return {"edges": edges.tolist(), "counts": counts, "zero": zero, "undefined": undefined}


def no_signal(random: np.random.Generator, models: list[str], variance: np.ndarray, *, single: bool) -> dict[str, Any]:
    """P(no signal): falls with the group size; of the largest, nothing is known for the last model."""
    ties = 0.3 + 0.5 * random.random(len(models))
    probability: dict[str, list[float | None]] = {
        m: [float(0.05 + t ** (size - 1)) for size in SIZES] for m, t in zip(models, ties, strict=True)
    }
    probability[models[-1]][-1] = None
    return {
        "group_sizes": list(SIZES),
        "probability": probability,
        "interval": {
            m: [None if p is None or single else [max(p - 0.04, 0.0), p + 0.05] for p in own]
            for m, own in probability.items()
        },
        "target": 0.1,
        "group_size_for_target": {m: None if t > 0.7 else 8 for m, t in zip(models, ties, strict=True)},
        "largest_group_size_tried": 16,
        "expected_batches": {m: [None if p is None else 1 / (1 - p) for p in own] for m, own in probability.items()},
    }


def teaching(
    random: np.random.Generator, models: list[str], variance: np.ndarray, *, truth: bool, single: bool
) -> dict[str, Any]:
    """Curves that rise at a speed that grows with the variance; the last model never reaches the larger gain."""
    times = [0.0, *np.geomspace(0.1, 10.0, 20).tolist()]
    speed = np.sqrt(variance / variance.max())
    risen = {m: [0.4 + 0.5 * (1 - math.exp(-s * t)) for t in times] for m, s in zip(models, speed, strict=True)}
    width = 0.03
    return {
        "method": "exact flow",
        "budget": 10.0,
        "units": "units of time",
        "times": times,
        "truth": risen if truth else None,
        "truth_interval": {
            m: [[None, None] if single else [v - width, v + width] for v in own] for m, own in risen.items()
        }
        if truth
        else None,
        "kl": {m: [3 * (v - 0.4) ** 2 for v in own] for m, own in risen.items()},
        "proxy": risen,
        "time_to_gain": [
            {
                "gain": 0.1,
                "time": {m: float(0.22 / s) for m, s in zip(models, speed, strict=True)},
                "interval": {m: [float(0.2 / s), None] for m, s in zip(models, speed, strict=True)},
            },
            {
                "gain": 0.3,
                "time": {m: None if m == models[-1] else float(0.9 / s) for m, s in zip(models, speed, strict=True)},
                "interval": {m: [float(0.8 / s), float(1.1 / s)] for m, s in zip(models, speed, strict=True)},
            },
        ]
        if truth
        else [],
        "matrix": {
            "taught": models,
            "judged": models,
            "gain": random.uniform(-0.1, 1.2, (len(models), len(models))).tolist(),
        },
    }


def verdict(random: np.random.Generator, models: list[str], order: list[str]) -> dict[str, Any]:
    """An order whose first pair is undecided."""
    pairs = [
        {
            "better": better,
            "worse": worse,
            "probability": 0.81 if place == 0 else 0.998,
            "decided": place != 0,
            "more_prompts": 1234 if place == 0 else None,
        }
        for place, (better, worse) in enumerate((a, b) for k, a in enumerate(order) for b in order[k + 1 :])
    ]
    sentences = ["Ordered by simulated truth within the budget: the expected truth after 10 units of time."]
    if len(order) > 1:
        sentences.append(
            f"{order[0]} and {order[1]}: cannot tell: 0.71 against 0.69; ahead in 81.0% of the resamples of 240 "
            "prompts. About 1,200 more prompts would, if the difference is the one seen here."
        )
    return {
        "rule": "simulated truth within the budget",
        "unit": "truth",
        "order": order,
        "pairs": pairs,
        "sentences": sentences,
    }


def nothing_known(found: Any) -> Any:
    """The record with null for every number of its policies but counts and sizes."""
    if isinstance(found, dict):
        return {
            key: value if key in ("prompts", "counts", "group_sizes", "k") else nothing_known(value)
            for key, value in found.items()
        }
    if isinstance(found, list):
        return [nothing_known(value) for value in found]
    return None if isinstance(found, float) else found


def bare(found: dict[str, Any]) -> dict[str, Any]:
    """The record with null for every part of its policies that may be null."""
    parts = ("advantages", "teaching", "verdict", "no_signal", "best_of_k", "variance_over_prompts")
    return found | {"policies": [one | dict.fromkeys(parts) for one in found["policies"]]}


def every_record() -> dict[str, dict[str, Any]]:
    """Records of all kinds by name."""
    twelve = [f"reward_model_{k}" for k in range(1, 13)]
    known = record()
    return {
        "three models": known,
        "without truth": record(truth=False),
        "two policies": record(policies=("base", "tuned")),
        "twelve models": record(twelve),
        "one model": record(("only",)),
        "one prompt": record(prompts=1),
        "hostile names": record(HOSTILE, policies=HOSTILE[:2]),
        "nothing known": known | {"policies": nothing_known(known["policies"])},
        "bare": bare(known),
        "no policies": known | {"policies": []},
        "no models": record(("a",)) | {"policies": [{"policy": None, "prompts": 0, "models": [], "measures": []}]},
    }
