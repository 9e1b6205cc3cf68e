"""The experiments behind the paper's figures, as settings, and how much of each is computed.

Which language models and data stood behind each figure: paper, Appendix E. What a setting takes from a published table
is the ground truth's within-prompt variance and its mean (`figures.published.implied_offset`); everything else was set
by hand so that Table 1's variances and accuracies come out much as printed. Where effects depend on that, `regimes`
shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from figures.figure import Level
from figures.published.implied_offset import implied_offset
from figures.published.tables import CHARACTERISTICS, published
from sims.rlhf import InitialPolicy, PublicRewardModel, Setting
from sims.rlhf.replication import EVALUATION_SAMPLES
from sims.rlhf.teachers import FLAT, TRUTH


def _like_table(number: int, setting: Setting) -> Setting:
    """The setting with the within-prompt variance and the mean of the ground truth behind a published table."""
    columns = published(CHARACTERISTICS[number])
    variance = dict(zip(columns["reward_model"].tolist(), columns["reward_variance"].tolist(), strict=True))
    return replace(setting, within_variance=variance[TRUTH], mean=implied_offset(variance[TRUTH], variance[FLAT]))


MAIN = _like_table(1, Setting(name="main"))
"""Figures 2 and 4, Tables 1 and 2: Pythia-2.8B, with AlpacaFarm and ArmoRM."""

SMALL = _like_table(3, replace(MAIN, name="small model", visible_features=12))
"""Figures 5 and 6, Tables 3 and 4: Pythia-1B. Half of the features are hidden from policy and reward models."""

ALIKE = _like_table(5, replace(SMALL, name="similar outputs", style_logit=0.5, initial_alignment=0.3))
"""Figures 7 and 8, Tables 5 and 6: Pythia-1B tuned on the reward models' own data, so that on- and off-policy outputs
are similar. The initial policy hardly prefers its style and already follows the ground truth a little."""

OTHER_TRUTH = _like_table(7, replace(SMALL, name="other ground truth", unseen=0.8))
"""Figures 9 and 10, Tables 7 and 8: Pythia-1B with another ground truth, here one that features explain more of."""

BY_VARIANCE = replace(SMALL, name="normalised by variance", normalisation="variance")
"""Figures 11 and 12, Table 9: as `SMALL`, but reward models are divided by the root of their mean reward variance."""

COMPARISON = replace(SMALL, name="many policies", unseen=0.8, other_worth=1.0, other_bonus=0.0)
"""Figure 3 and Table 10: policies of about 1B parameters. Neither style is better as such."""

LARGER_COMPARISON = replace(COMPARISON, name="many larger policies", visible_features=24)
"""Figure 13 and Table 11: policies of about 3B parameters."""

GRPO_COMPARISON = replace(COMPARISON, name="many policies, GRPO", estimator="grpo", samples=4)
"""Figure 14 and Table 12: GRPO with four samples per prompt (the paper does not say how many)."""

POLICIES = (InitialPolicy("own style", 3.0), InitialPolicy("both styles", 0.5), InitialPolicy("other style", -3.0))
"""Three initial policies, as the paper has three language models in each figure; the names are those of the styles."""

REWARD_MODELS = (
    PublicRewardModel("broad", own_share=0.5, prompt_component=0.6),
    PublicRewardModel("own style", own_share=0.95, prompt_component=0.6),
    PublicRewardModel("other style", own_share=0.05, prompt_component=0.6),
    PublicRewardModel("inaccurate", own_share=0.5, prompt_component=0.2, mislabelled=0.35),
)
"""Four reward models of differing quality. The last has wrong labels and differs little between prompts, so that its
reward variance is the highest: RM-Gemma-2B's part in the paper."""

COMPARISON_EPOCHS = 2
"""Of training in Section 4.2 (Appendix F.2)."""

PAPER_EPOCHS = 6
"""Of training in Section 4.1."""


@dataclass(frozen=True)
class Sizes:
    """How much is computed.

    **Fields**: independent `repetitions`; `seeds` of policy gradient in each; `epochs`; `evaluation_samples`, outputs
    per prompt of the sampled evaluation; `prompts` over those of the setting.
    """

    repetitions: int
    seeds: int
    epochs: int
    evaluation_samples: int = EVALUATION_SAMPLES
    prompts: float = 1.0

    def applied(self, setting: Setting) -> Setting:
        """The setting with as many prompts; an epoch has the same number of steps."""
        return replace(
            setting, prompts=round(self.prompts * setting.prompts), batch_size=round(self.prompts * setting.batch_size)
        )


SIZES: dict[Level, Sizes] = {
    "smoke": Sizes(2, 1, 7, prompts=0.2),
    "quick": Sizes(20, 3, 30),
    "full": Sizes(60, 3, 60, prompts=2.0),
}
"""The paper has one repetition with three seeds."""
