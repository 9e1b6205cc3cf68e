r"""The rate at which trajectories of the tabular flow can part: the largest eigenvalue of the objective's Hessian.

`theta' = grad phi(theta)` has a symmetric Jacobian, so the distance of two trajectories obeys `d/dt |e| <= mu |e|` with
`mu` the largest value of `<w, H w> / <w, w>` over the Hessians `H` between them. No better norm is needed, and nothing
wraps: this is what makes long enclosures of a flow in `|Y|` dimensions possible.

**The Hessian** of one prompt's objective (paper, Eq (1); ours): with `A = r_KL - E_p r_KL`, `g = p A` (Lemma 7),

    H = diag(g) - g p^T - p g^T - lambda (diag(p) - p p^T).

*Proof.* `d p_i / d theta_j = p_i (delta_ij - p_j)`; `d r_KL,i / d theta_j = -lambda (delta_ij - p_j)`; hence
`d (E r_KL) / d theta_j = sum_i p_i (delta_ij - p_j) r_KL,i - lambda (p_j - p_j) = p_j A_j`, and
`d (p_i A_i) / d theta_j = p_i (delta_ij - p_j) A_i - lambda p_i (delta_ij - p_j) - p_i p_j A_j`.

The gradient sums to zero, so `e` stays in the plane `sum e = 0`, on which alone `<w, H w>` matters.
"""

from __future__ import annotations

import numpy as np
from flint import arb

from proofs_check.enclosures.balls import ZERO, dot, exact, total


def hessian(policy: list[arb], advantage: list[arb], coefficient: arb) -> list[list[arb]]:
    """`H` from enclosures of `p` and `A`, an enclosure entry by entry."""
    slope = [p * a for p, a in zip(policy, advantage, strict=True)]
    size = range(len(policy))
    matrix = [
        [-slope[i] * policy[j] - policy[i] * slope[j] + coefficient * policy[i] * policy[j] for j in size] for i in size
    ]
    for i in size:
        matrix[i][i] = matrix[i][i] + slope[i] - coefficient * policy[i]
    return matrix


def largest_growth(matrix: list[list[arb]]) -> arb:
    """An upper bound on `<w, M w> / <w, w>` over all `w` with `sum w = 0` and all symmetric `M` in the enclosure.

    `M = mid + rest`, and `|<w, rest w>|` is at most the largest row sum of the radii. For the midpoint a value is
    guessed in floating point, and then proven by an elimination in ball arithmetic in which every pivot is positive:
    `mu I - mid + c 1 1^T` is positive definite, and on `sum w = 0` the last term vanishes. If the proof fails, the
    largest row sum of the whole matrix is taken.
    """
    size = range(len(matrix))
    centre = [[matrix[i][j].mid() for j in size] for i in size]
    # One triangle stands for both: M is symmetric, its two enclosures need not be to the last bit.
    centre = [[centre[max(i, j)][min(i, j)] for j in size] for i in size]
    spread = max((total(abs(matrix[i][j] - centre[i][j]) for j in size) for i in size), key=lambda x: float(x.upper()))
    rows = np.array([[float(x) for x in row] for row in centre])
    scale = float(np.abs(rows).sum(axis=1).max())
    plane = np.eye(len(rows)) - 1 / len(rows)
    guess = float(np.linalg.eigvalsh(plane @ rows @ plane - scale * (np.eye(len(rows)) - plane))[-1])
    for margin in (1e-9, 1e-5):
        bound = guess + margin * (abs(guess) + 1e-3 * scale)
        if is_positive_definite(_shifted(centre, exact(bound), exact(scale))):
            return exact(bound) + spread.upper()
    return max((total(abs(x) for x in row) for row in matrix), key=lambda x: float(x.upper())).upper()


def _shifted(centre: list[list[arb]], bound: arb, scale: arb) -> list[list[arb]]:
    """`bound I - centre + scale 1 1^T`."""
    size = range(len(centre))
    return [[(bound if i == j else ZERO) - centre[i][j] + scale for j in size] for i in size]


def is_positive_definite(matrix: list[list[arb]]) -> bool:
    """Whether every symmetric matrix in the enclosure is certain to be positive definite: all pivots are positive."""
    rows = [list(row) for row in matrix]
    for k in range(len(rows)):
        if not rows[k][k] > 0:
            return False
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / rows[k][k]
            for j in range(k + 1, i + 1):
                rows[i][j] = rows[i][j] - factor * rows[j][k]
    return True


def squared_norm(vector: list[arb]) -> arb:
    """`sum_i v_i^2`."""
    return dot(vector, vector)
