"""Evidence from real input: a language model's next-token distributions as initial policies (|Y| = 49,152)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import jax
import numpy as np
from scipy.special import log_softmax

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.instances.tabular_families import Family
from proofs_check.sampling.tabular import simulate_and_evaluate
from proofs_check.sampling.tally import Tally
from sims.llm import LanguageModelProblems, language_model_problems
from theory.constructions.theorem5 import theorem2_rankings, theorem5_fast_rewards, theorem5_slow_rewards
from theory.constructions.theorem6 import theorem6_reward
from theory.errors import InvalidInputError
from theory.instances.tabular import HittingTimeInstance
from theory.statement import Statement, Subject
from theory.tabular.problem import make_problem

INCREASE = 0.2
"""The increase of the ground-truth reward that is waited for, in a reward between -1 and 1."""
INVERSE_RANGES = (1.0, 1e2, 1e4, 1e6)
"""`T` of Theorem 5's perfectly accurate teachers, whose rewards lie in an interval of length `1/T`."""


def language_model_families(real: LanguageModelProblems) -> list[Family]:
    """Theorem 5's and Theorem 6's teachers for each prompt of a real language model.

    **Arguments**

    - `real`: initial logits and ground-truth rewards, shape `(prompts, vocabulary)`.

    **Returns** families of batch shape `(prompts,)`: perfectly accurate teachers of ranges 1 to 1e-6 (Theorem 5, slow);
    a teacher that rewards the likeliest good token and is otherwise in reverse order (Theorem 5, fast; Theorem 2); and
    teachers that reward a likely and an unlikely good token only (Theorem 6).
    """
    log_policy = log_softmax(np.asarray(real.initial_logits, dtype=np.float64), axis=-1)
    policy, truth = np.exp(log_policy), np.asarray(real.ground_truth_reward, dtype=np.float64)
    prompts, outputs = policy.shape
    start = np.sum(policy * truth, axis=-1)
    increase = np.minimum(INCREASE, 0.5 * (truth.max(axis=-1) - start))
    good = truth > (start + increase)[:, None]
    likely = np.argmax(np.where(good, policy, -1.0), axis=-1)
    unlikely = np.array([_quantile_token(policy[k], good[k], 1e-6) for k in range(prompts)])
    accurate, contrary = theorem2_rankings(truth, likely)

    # The policy over the whole vocabulary is checked and normalised once; a perfectly accurate teacher is the truth.
    perfect = make_problem(initial_logits=log_policy, proxy_reward=truth, ground_truth_reward=truth)

    def family(name: str, proxy: np.ndarray) -> Family:
        return Family(name, replace(perfect, proxy_reward=np.asarray(proxy, dtype=np.float64)), increase)

    families = [
        family(f"perfectly accurate, range {1 / inverse:g}", theorem5_slow_rewards(accurate, inverse))
        for inverse in INVERSE_RANGES
    ]
    fast = theorem5_fast_rewards(contrary, likely, policy)
    families.append(family("every pair reversed, one likely good token far above", fast))
    families.append(family("one likely good token rewarded", theorem6_reward(likely, outputs)))
    families.append(family("one unlikely good token rewarded", theorem6_reward(unlikely, outputs)))
    return families


def _quantile_token(policy: np.ndarray, good: np.ndarray, probability: float) -> int:
    """The good token whose probability is nearest to `probability`."""
    return int(np.argmin(np.where(good, np.abs(np.log(policy) - np.log(probability)), np.inf)))


def check_language_model(
    statements: Sequence[Statement], *, progress: Callable[[str, float], None] | None = None
) -> list[Evidence]:
    """Checks the statements about `t_gamma` on the language model's problems.

    **Returns** one `Evidence` per statement about `t_gamma`; `unknown` with the reason where the model cannot be had.
    The controls are refuted by sampling; here they only count further refutations.
    """
    chosen = [s for s in statements if s.subject is Subject.HITTING_TIME]
    report = progress or (lambda what, done: None)
    if not chosen:
        return []
    started = time.perf_counter()
    try:
        report("language model: next-token distributions", 0.0)
        families = language_model_families(language_model_problems())
    except InvalidInputError as error:
        return [_unknown(s, str(error)) for s in chosen]
    tallies = {s.id: Tally(s) for s in chosen}
    with jax.enable_x64(True):
        for step, family in enumerate(families):
            report(f"language model: {family.name}", step / len(families))
            instance = HittingTimeInstance(problem=family.problem, increase=family.increase)
            simulate_and_evaluate(tallies, chosen, instance, family=family.name)
    seconds = time.perf_counter() - started
    scope = {"outputs": [families[0].problem.outputs], "families": [f.name for f in families]}
    return [
        tallies[s.id].evidence(Method.LANGUAGE_MODEL, scope=scope, seed=None, seconds=seconds / len(chosen))
        for s in chosen
    ]


def _unknown(statement: Statement, reason: str) -> Evidence:
    control = ControlOutcome(statement.control.description, False, None, 0, None)
    return Evidence(statement.id, Method.LANGUAGE_MODEL, Verdict.UNKNOWN, control, reason=reason)
