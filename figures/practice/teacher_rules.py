"""Rules that order reward models as teachers by samples of the initial policy alone, as an audit sees them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from sims.teaching import exact_flow, scored_groups, simulate_teaching
from theory.arrays import AnyArray
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.pairs import pair_sums
from theory.estimators.ranking_accuracy import ranking_accuracy
from theory.estimators.reward_variance import prompt_variances

VARIANCE, ACCURACY, HARM_AWARE, AVERAGE = "variance", "accuracy", "harm-aware accuracy", "variance & accuracy"
TIMES = (0.1, 1.0, 10.0)
"""Of gradient flow on each prompt's own samples, in units in which rewards have deviation one."""

SIMULATED = {time: f"simulated teaching, time {time:g}" for time in TIMES}
RULES = (VARIANCE, ACCURACY, HARM_AWARE, AVERAGE, *SIMULATED.values())


def teacher_scores(
    rewards: Float64[AnyArray, "models prompts samples"], truth: Float64[AnyArray, "prompts samples"]
) -> Mapping[str, Float64[np.ndarray, " models"]]:
    """What each rule says of every reward model: the higher, the better a teacher.

    **Arguments**: `rewards`, already normalised over samples; `truth`, of the same samples of the initial policy.

    "variance & accuracy" is the mean of both as measured, as the paper takes it (Table 2).
    """
    models, prompts, samples = np.shape(rewards)
    offsets = np.arange(prompts + 1) * samples
    rows, flat = np.reshape(rewards, (models, -1)), np.reshape(truth, -1)
    grouped = make_grouped_rewards(rows, offsets, truth=flat)
    variances = prompt_variances(grouped)
    variance = np.nanmean(variances.variance, axis=1)
    sums = pair_sums(grouped, policy_means=variances.mean)
    accuracy = ranking_accuracy(sums, "strict").by_prompt
    taught = simulate_teaching(scored_groups(rows, offsets, truth=flat), exact_flow(), TIMES).truth
    assert taught is not None
    return {
        VARIANCE: variance,
        ACCURACY: accuracy,
        HARM_AWARE: ranking_accuracy(sums, "harm_aware").by_prompt,
        AVERAGE: (variance + accuracy) / 2,
        **{name: taught[:, place] for place, name in enumerate(SIMULATED.values())},
    }


def share_ordered(
    scores: Float64[np.ndarray, " models"],
    outcomes: Float64[np.ndarray, " models"],
    counted: np.ndarray | None = None,
) -> float:
    """The share of the pairs of models that scores order as outcomes do; a tie of scores is right by half.

    **Arguments**: `counted`, which pairs `(models, models)` count; all whose outcomes differ if it is not given.

    **Returns** NaN if no pair counts.

    >>> import numpy as np
    >>> share_ordered(np.array([1.0, 2.0, 2.0]), np.array([0.0, 1.0, 2.0]))
    0.8333333333333334
    """
    above = np.sign(scores[:, None] - scores[None, :])
    better = np.sign(outcomes[:, None] - outcomes[None, :])
    pairs = np.triu(better != 0, 1) & (True if counted is None else counted)
    return float(np.mean((1 + above * better)[pairs] / 2)) if pairs.any() else float("nan")
