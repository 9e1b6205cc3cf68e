"""Array types that public signatures share (jaxtyping; NumPy and JAX arrays alike)."""

from __future__ import annotations

from typing import TypeAlias

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

AnyArray: TypeAlias = jax.Array | np.ndarray

Scalars: TypeAlias = Float[AnyArray, "*batch"] | float
"""One number per problem of a batch (no axis at all, or a plain float, for a single problem)."""

BatchScalars: TypeAlias = Float[AnyArray, "*batch"]
"""One number per problem of a batch, as an array also for a single problem: what most functions give back."""

OutputVector: TypeAlias = Float[AnyArray, "*batch outputs"]
"""One number per output: a policy, a reward, logits. The last axis runs over the outputs."""

OutputMask: TypeAlias = Bool[AnyArray, "*batch outputs"]
"""A subset of the outputs."""

Integers: TypeAlias = Int[AnyArray, "*batch"] | int
"""One integer per problem: a status code, the index of an output, a count."""
