"""The experiments that need no file: the full one on SmolLM2, and a quick one on a small random model."""

from __future__ import annotations

from sims.llm.training.settings import TrainingSettings

from .config import WORD_MODEL, Course, ExperimentConfig
from .reward_choice import RewardChoice

TRUTH = "ground truth"
HALF, SQUASHED, FLATTENED = "half the lexicon", "squashed truth", "flattened truth"
ON_POLICY, MIXED, OFF_POLICY = "100% on-policy pairs", "50% on-policy pairs", "0% on-policy pairs"

_REWARDS = (
    RewardChoice(TRUTH, "vader"),
    RewardChoice(HALF, "half lexicon"),
    RewardChoice(SQUASHED, "squashed"),
    RewardChoice(FLATTENED, "flattened"),
    RewardChoice(ON_POLICY, "preferences", {"on_policy_share": 1.0}),
    RewardChoice(MIXED, "preferences", {"on_policy_share": 0.5}),
    RewardChoice(OFF_POLICY, "preferences", {"on_policy_share": 0.0}),
)

_FULL = TrainingSettings(
    steps=12,
    prompts_per_step=12,
    group=2,
    max_tokens=16,
    learning_rate=6e-4,
    rows_at_once=24,
    evaluate_every=6,
    evaluation_completions=2,
    checkpoint_every=6,
)

FULL = ExperimentConfig(
    model=None,
    truth=RewardChoice(TRUTH, "vader"),
    rewards=_REWARDS,
    courses=(
        Course(tuple(choice.name for choice in _REWARDS), (0, 1, 2), _FULL),
        Course(
            (TRUTH, SQUASHED),
            (0, 1, 2),
            TrainingSettings(**_FULL.record() | {"method": "grpo", "prompts_per_step": 6, "group": 4}),
        ),
        Course(
            (TRUTH, SQUASHED),
            (0, 1, 2),
            TrainingSettings(**_FULL.record() | {"trained": "all", "learning_rate": 2e-5}),
        ),
    ),
    reward_model_prompts=160,
)
"""Seven reward models, three seeds each, by RLOO with two samples and low-rank changes; two of them by GRPO too, and in
all parameters."""

QUICK = ExperimentConfig(
    model=WORD_MODEL,
    truth=RewardChoice(TRUTH, "vader"),
    rewards=_REWARDS,
    courses=(
        Course(
            (TRUTH, HALF, SQUASHED, ON_POLICY),
            (0, 1),
            TrainingSettings(
                steps=60,
                prompts_per_step=16,
                max_tokens=8,
                trained="all",
                learning_rate=3e-3,
                evaluate_every=20,
                evaluation_completions=4,
                checkpoint_every=10,
            ),
        ),
    ),
    held_out_prompts=32,
)
"""The same on a small random model in about two minutes: for trials, not for conclusions."""
