"""The numbers behind Section 4.2's figures and tables: which reward model teaches which policy best."""

from __future__ import annotations

from dataclasses import asdict
from itertools import combinations

import numpy as np

from figures.drawing.intervals import mean_interval
from figures.figure import FigureData, Level
from figures.paper.experiment.repetitions import comparisons
from figures.paper.experiment.settings import COMPARISON_EPOCHS, POLICIES, REWARD_MODELS, SIZES
from figures.published.tables import TABLES_10_TO_12, published
from figures.table import stack_rows
from sims.rlhf import PolicyComparison, Setting

NAMES = ("ground_truth_increase", "proxy_increase", "reward_variance", "on_policy_accuracy", "off_policy_accuracy")
MODELS = [model.name for model in REWARD_MODELS]
OURS, PAPER = "ours", "paper"


def comparison_data(table: int, setting: Setting, level: Level) -> FigureData:
    """One row per policy and reward model: ours, with half-widths of 95% intervals and standard deviations over
    repetitions, then the paper's, whose standard deviations are over three runs."""
    sizes = SIZES[level]
    found = comparisons(setting, level)
    blocks = []
    for row, policy in enumerate(POLICIES):
        block = {"source": OURS, "policy": policy.name, "reward_model": np.array(MODELS)}
        for name in NAMES:
            values = np.asarray(getattr(found, name))[:, row]
            values = values.mean(axis=-1) if values.ndim == 3 else values
            block[name], block[f"{name}_half_width"] = mean_interval(values)
            block[f"{name}_std"] = values.std(axis=0, ddof=1)
        block["share_best"] = _shares_best(found, row)
        blocks.append(block)
    printed = published(TABLES_10_TO_12)
    rows = {name: values[printed["table"] == table] for name, values in printed.items()}
    wanted = ("policy", "reward_model", *NAMES, "ground_truth_increase_std", "proxy_increase_std")
    columns = stack_rows(*blocks, {"source": PAPER, **{name: rows[name] for name in wanted}})
    settings = {
        "setting": asdict(sizes.applied(setting)),
        "sizes": asdict(sizes),
        "epochs": COMPARISON_EPOCHS,
        "policies": [asdict(policy) for policy in POLICIES],
        "reward_models": [asdict(model) for model in REWARD_MODELS],
        "source": TABLES_10_TO_12.source,
        "table": table,
    }
    return FigureData(columns, settings, _facts(found))


def _gains(found: PolicyComparison) -> np.ndarray:
    return np.asarray(found.ground_truth_increase).mean(axis=-1)


def _shares_best(found: PolicyComparison, policy: int) -> np.ndarray:
    best = np.argmax(_gains(found)[:, policy], axis=-1)
    return np.bincount(best, minlength=len(MODELS)) / len(best)


def _facts(found: PolicyComparison) -> dict[str, float | str]:
    gains = _gains(found)
    proxy = np.asarray(found.proxy_increase).mean(axis=-1)
    variance, accuracy = np.asarray(found.reward_variance), np.asarray(found.on_policy_accuracy)
    facts: dict[str, float | str] = {
        "largest_variance_has_largest_proxy_increase": float(np.mean(variance.argmax(-1) == proxy.argmax(-1))),
        "largest_variance_has_largest_ground_truth_increase": float(np.mean(variance.argmax(-1) == gains.argmax(-1))),
        "most_accurate_has_largest_ground_truth_increase": float(np.mean(accuracy.argmax(-1) == gains.argmax(-1))),
    }
    means = gains.mean(axis=0)
    for row, policy in enumerate(POLICIES):
        facts[f"best, {policy.name}"] = MODELS[int(means[row].argmax())]
    # What one style's reward model gains over the other's depends on the policy: a difference of differences.
    own, other = MODELS.index("own style"), MODELS.index("other style")
    for first, second in combinations(range(len(POLICIES)), 2):
        lead = (gains[:, first, own] - gains[:, first, other]) - (gains[:, second, own] - gains[:, second, other])
        key = f"interaction, {POLICIES[first].name}, {POLICIES[second].name}"
        mean, half = mean_interval(lead)
        facts |= {key: float(mean), f"{key}, half-width": float(half)}
    return facts


def findings(data: FigureData) -> str:
    """The findings, for a caption."""
    f = data.facts
    best = ", ".join(f"{policy.name}: {f[f'best, {policy.name}']}" for policy in POLICIES)
    key = f"interaction, {POLICIES[0].name}, {POLICIES[-1].name}"
    return (
        f"Best reward model by mean increase of ground-truth reward, by policy: {best}. What the own-style reward "
        f"model gains over the other-style one is larger by {float(f[key]):.3f} ± "
        f"{float(f[f'{key}, half-width']):.3f} for the own-style policy than for the other-style one. Of all policies "
        "and repetitions, the reward model of the highest variance has the largest proxy increase in "
        f"{float(f['largest_variance_has_largest_proxy_increase']):.0%} and the largest ground-truth increase in "
        f"{float(f['largest_variance_has_largest_ground_truth_increase']):.0%}; the most accurate one on-policy has "
        f"the latter in {float(f['most_accurate_has_largest_ground_truth_increase']):.0%}."
    )
