"""The problem in parameter space: a policy of any kind, prompts that share its parameters, and the rewards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from theory.arguments.checking import checked_input
from theory.arguments.checks import (
    as_float64,
    as_reward,
    check_finite,
    check_nonnegative,
    check_reward,
)
from theory.arguments.names import POLICY
from theory.arguments.number_rules import log_distribution
from theory.arguments.object_rules import items_of_kind
from theory.arguments.parameter_check import check_parameters
from theory.arguments.precision import double_precision
from theory.arrays import AnyArray, Scalars
from theory.errors import InvalidInputError
from theory.policies.contexts import check_enumerable
from theory.policies.policy import Parameters, Policy, output_log_probabilities, outputs


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class PolicyProblem:
    """A policy to be taught, its teacher, and the reward that is really wanted (paper, Section 2, Eqs (1) and (2)).

    Make one with `make_policy_problem`, which checks the input, and a batch with `stack_policy_problems`; functions of
    one problem take a batch under `jax.vmap`.

    **Fields** (float64)

    - `policy`: what turns parameters into probabilities.
    - `parameters`: `theta`, a pytree; where a flow starts.
    - `log_reference`: `ln pi_ref(y|x)`, shape `(*batch, prompts, outputs)`.
    - `proxy_reward`, `ground_truth_reward`: `r_RM` and `r_G` in [-1, 1], shape `(*batch, prompts, outputs)`.
    - `kl_coefficient`: `lambda >= 0`, shape `(*batch)`.
    """

    made_by: ClassVar[str] = "theory.make_policy_problem"

    policy: Policy
    parameters: Parameters
    log_reference: Float[AnyArray, "*batch prompts outputs"]
    proxy_reward: Float[AnyArray, "*batch prompts outputs"]
    ground_truth_reward: Float[AnyArray, "*batch prompts outputs"]
    kl_coefficient: Scalars

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the stack; `()` for a single problem."""
        return tuple(np.shape(self.proxy_reward)[:-2])

    def __getitem__(self, index: int | slice | AnyArray) -> PolicyProblem:
        """The problems at `index` of the first batch axis."""
        if not self.batch_shape:
            raise InvalidInputError("index", index, "A single problem has no batch axis to index.")
        return jax.tree.map(lambda leaf: leaf[index], self)


@checked_input(policy=POLICY)
def make_policy_problem(
    policy: Policy,
    parameters: Parameters,
    *,
    proxy_reward: object,
    ground_truth_reward: object,
    kl_coefficient: object = 0.0,
    log_reference: object | None = None,
) -> PolicyProblem:
    """A checked single problem.

    **Arguments**

    - `policy`: of any kind whose outputs can be enumerated.
    - `parameters`: as `policy.initial_parameters` gives them.
    - `proxy_reward`, `ground_truth_reward`: shape `(prompts, outputs)` or, for one prompt, `(outputs,)`; in [-1, 1];
      outputs in alphabetical order, the first token being the leading digit.
    - `kl_coefficient`: at least zero.
    - `log_reference`: log-probabilities of the reference policy, normalised; those at `parameters` if not given.

    **Raises** `InvalidInputError` naming the argument, the value and the remedy.

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(prompts=1, vocabulary=2, length=1)
    >>> problem = theory.make_policy_problem(
    ...     policy, np.log([[[0.5, 0.5]]]), proxy_reward=[1, -1], ground_truth_reward=[1, 0]
    ... )
    >>> problem.proxy_reward.shape
    (1, 2)
    """
    check_enumerable(policy.prompts, policy.vocabulary, policy.length)
    shape = (policy.prompts, outputs(policy))
    check_parameters(policy, parameters)
    proxy, truth = (
        _per_output(name, value, shape)
        for name, value in (("proxy_reward", proxy_reward), ("ground_truth_reward", ground_truth_reward))
    )
    coefficient = as_float64("kl_coefficient", kl_coefficient)
    check_nonnegative("kl_coefficient", coefficient)
    if coefficient.ndim:
        raise InvalidInputError("kl_coefficient", f"shape {coefficient.shape}", "Give one number.")
    with jax.enable_x64(True):
        own = np.asarray(output_log_probabilities(policy, parameters))
    if not np.isfinite(own).all():
        raise InvalidInputError("parameters", "logits that are not finite", "Give parameters of moderate size.")
    reference = own if log_reference is None else as_float64("log_reference", log_reference)
    if reference.shape != shape:
        raise InvalidInputError("log_reference", f"shape {reference.shape}", f"Give one number per output: {shape}.")
    check_finite("log_reference", reference)
    log_distribution("log_reference", reference, float(np.finfo(np.float64).eps))
    # Policy descriptions may hold arrays of their own (features): on the host until computing starts.
    policy, parameters = jax.tree.map(np.asarray, (policy, parameters))
    return PolicyProblem(policy, parameters, reference, proxy, truth, np.asarray(coefficient))


def _per_output(argument: str, value: object, shape: tuple[int, int]) -> np.ndarray:
    array = as_reward(argument, value)
    if array.ndim == 1 and shape[0] == 1:
        array = array[None]
    if array.shape != shape:
        raise InvalidInputError(argument, f"shape {array.shape}", f"Give one number per prompt and output: {shape}.")
    check_reward(argument, array)
    return array


@checked_input(problems=items_of_kind(PolicyProblem, "Give what theory.make_policy_problem makes."))
def stack_policy_problems(problems: Sequence[PolicyProblem]) -> PolicyProblem:
    """A batch of single problems of one kind of policy.

    **Raises** `InvalidInputError` if there are none, if some are no problems, or if their policies differ in kind or
    size.

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(prompts=1, vocabulary=2, length=1)
    >>> one = theory.make_policy_problem(
    ...     policy, np.zeros((1, 1, 2)), proxy_reward=[1, -1], ground_truth_reward=[1, 0]
    ... )
    >>> theory.stack_policy_problems([one, one]).batch_shape
    (2,)
    """
    forms = {f"{jax.tree.structure(p)} {[np.shape(leaf) for leaf in jax.tree.leaves(p)]}" for p in problems}
    if len(forms) > 1:
        raise InvalidInputError("problems", f"{len(forms)} kinds of policies", "Stack problems of one policy only.")
    return jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *problems)


def at_parameters(problem: PolicyProblem, parameters: Parameters) -> PolicyProblem:
    """The same problem elsewhere in parameter space; the reference policy stays."""
    return PolicyProblem(
        problem.policy,
        parameters,
        problem.log_reference,
        problem.proxy_reward,
        problem.ground_truth_reward,
        problem.kl_coefficient,
    )


@double_precision()
def reference_problem(problem: PolicyProblem) -> PolicyProblem:
    """The same problem with the policy at `parameters` as its own reference, as a flow assumes that starts there."""
    return PolicyProblem(
        problem.policy,
        problem.parameters,
        jnp.asarray(output_log_probabilities(problem.policy, problem.parameters)),
        problem.proxy_reward,
        problem.ground_truth_reward,
        problem.kl_coefficient,
    )
