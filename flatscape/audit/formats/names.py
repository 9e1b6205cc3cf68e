"""Names under which columns of flat tables are known."""

from __future__ import annotations

import re

PROMPT = ("prompt", "input", "question", "instruction", "query", "problem", "prompts", "context")
COMPLETION = (
    "completion",
    "completions",
    "response",
    "responses",
    "output",
    "outputs",
    "generation",
    "generations",
    "answer",
    "candidates",
    "text",
)
GROUP = (
    "group",
    "group_id",
    "prompt_id",
    "prompt_idx",
    "prompt_index",
    "example_id",
    "question_id",
    "problem_id",
    "instance_id",
    "task_id",
    "qid",
    "pid",
)
STEP = ("step", "global_step", "training_step", "train_step")
TRUTH = ("truth", "gold", "gold_reward", "gold_score", "true_reward", "ground_truth", "is_correct", "correct", "label")
LOGPROB = ("logprob", "log_prob", "logp", "log_probability", "sequence_logprob", "logprobs", "log_probs")
WEIGHT = ("weight", "importance_weight")
ADVANTAGE = ("advantage", "advantages")
POLICY = ("policy", "generator", "policy_model", "model", "model_name")
REWARD_MODEL = ("reward_model", "reward_model_name", "rm", "rm_name", "scorer", "judge")
SCORE = ("score", "reward", "value", "rating")
ERROR = ("error.type", "error.error", "error.message", "error.name", "error", "errors", "exception")
IDENTIFIER = ("completion_id", "sample_id", "rollout_id", "response_id", "row_id", "uid")
"""Names of a column that names a row: no two rows share one."""

NOT_REWARDS = re.compile(
    r"""(.*_)?advantages?|(.*_)?steps?|(.*_)?(idx|index|ids?|uid|uuid|key)|(.*_)?(len|lens|length|lengths)
    |(is|has|num|n)_.*|(.*_)?(count|counts|tokens?|turns?|chars|words)|(.*_)?(logprobs?|log_probs?|logps?)(_.*)?
    |log_probability|(.*_)?(epoch|epochs|iteration|iter|seed|rank|time|timestamp|seconds|latency|duration|date|year)
    |temperature|top_[pk]|(.*_)?weights?|(.*_)?(kl|entropy|loss|ratio)(_.*)?|__.*|unnamed.*|(.*_)?(cost|price|usage)
    |index_level_.*|gts?|ground_truths?|(.*_)?answers?|targets?|references?|row|fold|split|batch|worker|rollout|sample|attempt|version|trial|node|gpu|k|n|i""",
    re.IGNORECASE | re.VERBOSE,
)
"""Names of columns of numbers that are not taken for rewards unless they are asked for."""


def may_be_reward(name: str) -> bool:
    """Whether a column of numbers of this name is taken for a reward without being asked for."""
    return NOT_REWARDS.fullmatch(name.strip()) is None


def first_of(names: tuple[str, ...], columns: list[str]) -> str | None:
    """The first of the names that is a column, whatever its case."""
    known = {column.lower(): column for column in reversed(columns)}
    return next((known[name] for name in names if name in known), None)
