"""The largest eigenvalue of the Fisher information, from above and from below, from scores of sampled outputs.

`F = (1/P) sum_x E_{y ~ pi(.|x)}[s s^T]`, and `F_n` is the same mean over `n` draws, without bias: `E[F_n] = F`.

- *From above.* The largest eigenvalue is a maximum of linear functions of the matrix, so convex, and Jensen's
  inequality gives `E[lambda_max(F_n)] >= lambda_max(F)`: the eigenvector fits the sample's own noise, by more the fewer
  draws there are. `lambda_max(F_n)` is that of the scores' Gram matrix over `n P`.
- *From below.* For a unit vector `v` from other draws, `v^T F_n v` has the expectation `v^T F v <= lambda_max(F)`.

So each of the two intervals may lie wholly on its own side of the truth. What they guarantee: the upper limit of the
first is below `lambda_max(F)`, or the lower limit of the second above it, no more often than the limit of a mean fails.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from .draws import Gram, check_draws, of_draws
from .intervals import CONFIDENCE, Interval, student_interval

BATCHES = 4
"""Batches of draws, at most: more would make the interval narrower, but each batch smaller and its bias larger."""
DRAWS_OF_FISHER_NORMS = 4


def fisher_norm_from_above(gram: Gram, *, confidence: float = CONFIDENCE) -> Interval:
    """Student's interval for the mean of `lambda_max(F_m)` over independent batches of draws.

    That expectation is at least `lambda_max(F)`.

    **Arguments**: `gram`, of at least four draws, which make two batches, eight of them four; `confidence`.

    **Raises** `InvalidInputError` for fewer, another shape, numbers that are not finite, and a confidence outside (0,
    1).

    **Example** of scores that are orthogonal and of length one, as of outputs that are all different:

    >>> import numpy as np
    >>> fisher_norm_from_above(np.eye(8)[None, :, None, :].reshape(1, 8, 1, 8)).estimate
    0.5
    """
    check_draws(None, gram, least=DRAWS_OF_FISHER_NORMS)
    draws = gram.shape[1]
    batches = np.array_split(np.arange(draws), min(BATCHES, draws // 2))
    return student_interval(np.array([sample_fisher_norm(gram, batch) for batch in batches]), confidence=confidence)


def sample_fisher_norm(gram: Gram, draws: Int[np.ndarray, " chosen"] | None = None) -> float:
    """`lambda_max(F_n)`, of all draws or of some: on average at least `lambda_max(F)`.

    **Raises** `InvalidInputError` for another shape and numbers that are not finite.
    """
    check_draws(None, gram, least=1)
    chosen = np.arange(gram.shape[1]) if draws is None else draws
    matrix = of_draws(gram, chosen, chosen)
    return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1]) / matrix.shape[0]


def fisher_norm_from_below(gram: Gram, *, confidence: float = CONFIDENCE) -> Interval:
    """Student's interval for `v^T F v`, `v` the top eigenvector of `F_n` of the first half of the draws.

    Given that half, each draw of the second one gives an independent value `(1/P) sum_x (s_x . v)^2`, of one
    distribution, whose expectation `v^T F v` is at most `lambda_max(F)`.

    **Arguments**: `gram`, of at least four draws; `confidence`.

    **Raises** `InvalidInputError` for fewer, another shape, numbers that are not finite, and a confidence outside (0,
    1).

    **Example**: orthogonal scores tell nothing of each other.

    >>> import numpy as np
    >>> fisher_norm_from_below(np.eye(8)[None, :, None, :].reshape(1, 8, 1, 8)).estimate
    0.0
    """
    check_draws(None, gram, least=DRAWS_OF_FISHER_NORMS)
    prompts, draws = gram.shape[:2]
    first, second = np.arange(draws // 2), np.arange(draws // 2, draws)
    own = of_draws(gram, first, first)
    values, vectors = np.linalg.eigh((own + own.T) / 2)
    # v = sum_i u_i s_i / sqrt(value), with u the last eigenvector: of length one.
    if values[-1] <= 0:
        return student_interval(np.zeros(len(second)), confidence=confidence)
    along = of_draws(gram, second, first) @ vectors[:, -1] / np.sqrt(values[-1])
    return student_interval(np.mean(np.square(along).reshape(prompts, -1), axis=0), confidence=confidence)
