"""Log-linear policies: logits that are linear in parameters which all prompts and prefixes share."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
from jaxtyping import Float

from theory.arguments.checks import as_float64, check_finite
from theory.arguments.precision import double_precision
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.policies.contexts import Contexts, check_enumerable, prefix_count


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class LogLinearPolicy:
    """`f_w(x, y_{<l})[v] = features[x, y_{<l}, v] . w`. Make one with `log_linear_policy`, which checks.

    The Jacobian at a context is the context's own feature matrix, whatever `w`: `J` is constant in time.

    **Fields**: `features`, shape `(prompts, prefixes, vocabulary, dimension)`; `length`; `scale`, the standard
    deviation of random initial parameters.

    **Parameters**: `w`, shape `(dimension,)`.
    """

    features: Float[AnyArray, "*batch prompts prefixes vocabulary dimension"]
    length: int = field(default=1, metadata={"static": True})
    scale: float = field(default=1.0, metadata={"static": True})

    @property
    def prompts(self) -> int:
        """How many prompts share the parameters."""
        return int(self.features.shape[-4])

    @property
    def vocabulary(self) -> int:
        """`V`."""
        return int(self.features.shape[-2])

    def initial_parameters(self, key: jax.Array) -> jax.Array:
        """Independent normal numbers."""
        return self.scale * jax.random.normal(key, self.features.shape[-1:])

    @double_precision()
    def context_logits(self, parameters: AnyArray, contexts: Contexts) -> Float[AnyArray, "contexts vocabulary"]:
        """The features of the contexts times the parameters."""
        return jnp.asarray(self.features)[contexts.prompt, contexts.prefix] @ parameters


def log_linear_policy(features: object, *, length: int = 1, scale: float = 1.0) -> LogLinearPolicy:
    """A checked `LogLinearPolicy`.

    **Arguments**

    - `features`: shape `(prompts, prefixes, vocabulary, dimension)`; for `length = 1` also
      `(prompts, outputs, dimension)` or, for a single prompt, `(outputs, dimension)`.
    - `length`: `L`; there must be as many prefixes as sequences shorter than it.

    **Raises** `InvalidInputError` for features that are not finite or of a shape that does not fit.

    **Example**

    >>> import numpy as np
    >>> from theory.policies import log_linear_policy
    >>> policy = log_linear_policy(np.eye(2))
    >>> policy.prompts, policy.vocabulary, policy.length
    (1, 2, 1)
    """
    array = as_float64("features", features)
    check_finite("features", array)
    if length == 1 and array.ndim in (2, 3):
        array = array.reshape(-1, 1, *array.shape[-2:])
    if array.ndim != 4 or array.size == 0:
        raise InvalidInputError("features", f"shape {array.shape}", "Give (prompts, prefixes, vocabulary, dimension).")
    prompts, prefixes, vocabulary, _ = array.shape
    if vocabulary < 2:
        raise InvalidInputError("features", f"a vocabulary of {vocabulary}", "A policy needs two tokens or more.")
    check_enumerable(prompts, vocabulary, length)
    if prefixes != prefix_count(vocabulary, length):
        raise InvalidInputError(
            "features",
            f"{prefixes} prefixes",
            f"Outputs of length {length} over {vocabulary} tokens have {prefix_count(vocabulary, length)} prefixes.",
        )
    return LogLinearPolicy(array, length, scale)
