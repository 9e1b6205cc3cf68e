"""The setting of an experiment, as a few numbers: two settings differ in numbers, never in code."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sims.policy_gradient.training import PAPER_KL_COEFFICIENT
from theory.arguments.checks import as_float64, check_finite, check_whole
from theory.errors import InvalidInputError


def check_one_number(name: str, value: object) -> None:
    """**Raises** `InvalidInputError` unless it is a single finite number."""
    number = as_float64(name, value)
    if number.ndim:
        raise InvalidInputError(name, f"shape {number.shape}", "Give one number.")
    check_finite(name, number)


@dataclass(frozen=True)
class Setting:
    """An experiment of Section 4.1 of the paper in miniature; the defaults stand for its main one (Figure 2).

    Outputs have one of two styles: that of the initial policy ("own") and that of another distribution ("other": in the
    paper, the outputs that come with UltraFeedback). An output is described by features, half of which vary mostly
    among own outputs and the other half mostly among the others.

    **Fields**, the world:

    - `prompts`, and the share `reward_model_share` of them that reward models are trained on; the policy is taught on
      the rest.
    - `own_outputs`, `other_outputs` per prompt; `features`, an even number; `visible_features`, how many of them (as
      many of either half) policy and reward models see, a stand-in for the size of the language model.
    - `minor_scale`: the standard deviation of features among outputs of the style that they are not meant for (1 for
      the other style).
    - `transfer`: how alike the ground truth is in both styles: the correlation of what a feature is worth in the style
      that it is not meant for with what it is worth in its own.
    - `other_worth`: what a feature of the other half is worth over one of the own half.
    - `other_bonus`: what the ground truth adds to outputs of the other style, in units of the own half's worth.
    - `unseen`: the standard deviation of the part of the ground truth that depends on no feature, in the same units.
    - `within_variance`: the mean reward variance of the ground truth under the initial policy, its total variance over
      prompts and outputs being one; the rest is between prompts. `mean`: of the ground truth over all of them.
    - `style_logit`: how much the initial policy prefers its own style; the other distribution prefers the other style
      by 3. `temperature`: the standard deviation of the initial logits within a style; `initial_alignment`: how much of
      what features are worth in its own style the initial policy already follows.

    **Fields**, what is learnt in it:

    - `pairs_per_prompt`, `reward_model_steps`, `reward_model_learning_rate`: of reward models, by gradient descent.
    - `prompt_component`: how much the reward of a learnt model differs between prompts, which preferences within a
      prompt do not determine; its standard deviation over the norm of the weights.
    - `flattened_share`, `flattening`: of the perfectly accurate model of low variance: rewards of that share of the
      policy's prompts are multiplied by that factor.
    - `normalisation`: "samples" (Appendix F.1) or "variance" (Figure 11).
    - `estimator`, "rloo" or "grpo", with `samples` per prompt; `optimizer`, "adam" or "sgd"; `learning_rate`,
      `batch_size`, `kl_coefficient`.

    **Raises** `InvalidInputError` naming the field, for numbers that are not finite or out of range.
    """

    name: str = "main"
    prompts: int = 500
    reward_model_share: float = 0.8
    own_outputs: int = 16
    other_outputs: int = 8
    features: int = 24
    visible_features: int = 24
    minor_scale: float = 0.35
    transfer: float = 0.0
    other_worth: float = 1.5
    other_bonus: float = -3.0
    unseen: float = 1.2
    within_variance: float = 0.256
    mean: float = 1.6
    style_logit: float = 3.0
    temperature: float = 0.7
    initial_alignment: float = 0.0
    pairs_per_prompt: int = 1
    reward_model_steps: int = 30
    reward_model_learning_rate: float = 0.3
    prompt_component: float = 0.6
    flattened_share: float = 0.5
    flattening: float = 0.001
    normalisation: str = "samples"
    estimator: str = "rloo"
    samples: int = 2
    optimizer: str = "adam"
    learning_rate: float = 0.013
    batch_size: int = 10
    kl_coefficient: float = PAPER_KL_COEFFICIENT

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type == "float":
                check_one_number(field.name, getattr(self, field.name))
        for name, least in (
            ("prompts", 2),
            ("own_outputs", 2),
            ("other_outputs", 2),
            ("features", 2),
            ("visible_features", 2),
            ("pairs_per_prompt", 0),
            ("reward_model_steps", 1),
            ("samples", 2),
            ("batch_size", 1),
        ):
            check_whole(name, getattr(self, name), least=least)
        for name in ("features", "visible_features"):
            if getattr(self, name) % 2:
                raise InvalidInputError(name, getattr(self, name), "Give an even number: half of them for each style.")
        if self.visible_features > self.features:
            raise InvalidInputError("visible_features", self.visible_features, f"There are {self.features} features.")
        for name, low, high in (
            ("transfer", -1, 1),
            ("within_variance", 0, 1),
            ("flattened_share", 0, 1),
            ("reward_model_share", 0, 1),
        ):
            if not low <= getattr(self, name) <= high:
                raise InvalidInputError(name, getattr(self, name), f"Give a number in [{low}, {high}].")
        for name in ("minor_scale", "other_worth", "unseen", "temperature", "prompt_component", "kl_coefficient"):
            if getattr(self, name) < 0:
                raise InvalidInputError(name, getattr(self, name), "Give a number of at least zero.")
        for name in ("reward_model_learning_rate", "learning_rate", "flattening"):
            if getattr(self, name) <= 0:
                raise InvalidInputError(name, getattr(self, name), "Give a number greater than zero.")
        for name, known in (
            ("normalisation", ("samples", "variance")),
            ("estimator", ("rloo", "grpo")),
            ("optimizer", ("adam", "sgd")),
        ):
            if getattr(self, name) not in known:
                raise InvalidInputError(name, repr(getattr(self, name)), f"Known: {', '.join(known)}.")
        taught = self.prompts - self.trained_prompts
        if not self.trained_prompts or not taught:
            raise InvalidInputError(
                "reward_model_share", self.reward_model_share, "Leave prompts for both reward models and the policy."
            )
        if taught % self.batch_size:
            raise InvalidInputError(
                "batch_size", self.batch_size, f"Give a divisor of the {taught} prompts that the policy is taught on."
            )

    @property
    def trained_prompts(self) -> int:
        """How many prompts reward models are trained on; they come first."""
        return round(self.reward_model_share * self.prompts)

    @property
    def outputs(self) -> int:
        """How many outputs a prompt has, those of the own style first."""
        return self.own_outputs + self.other_outputs
