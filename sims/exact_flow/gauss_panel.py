"""The fixed numbers of one Gauss-Legendre panel: nodes, weights, and what can be read off the values at the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float
from numpy.polynomial import chebyshev, legendre

from theory.arrays import AnyArray


@dataclass(frozen=True)
class GaussPanel:
    """Gauss-Legendre quadrature and polynomial interpolation on the unit interval, for a given number of nodes.

    With `n` nodes the quadrature is exact to degree `2 n - 1`. The `n + 2` interpolation points are the interval's two
    ends and the nodes; polynomials are kept as `n + 2` Chebyshev coefficients. All float64 NumPy.

    **Fields**

    - `points`: shape `(n + 2,)`, `0 < nodes < 1` with both ends, increasing.
    - `weights`: shape `(n,)`, summing to one.
    - `legendre`: shape `(n, n)`; times the values at the nodes gives the Legendre coefficients of the interpolant.
    - `chebyshev`: shape `(n + 2, n + 2)`; times the values at `points` gives Chebyshev coefficients.
    - `slopes`: shape `(n + 2, n + 2)`; times the values at `points` gives the interpolant's derivative there.
    - `cumulative`: shape `(n + 2, n)`; times the values at the nodes gives `int_0^sigma` at `points`.
    """

    points: Float[AnyArray, " points"]
    weights: Float[AnyArray, " nodes"]
    legendre: Float[AnyArray, "nodes nodes"]
    chebyshev: Float[AnyArray, "points points"]
    slopes: Float[AnyArray, "points points"]
    cumulative: Float[AnyArray, "points nodes"]

    @property
    def nodes(self) -> int:
        """The number `n` of Gauss-Legendre nodes."""
        return len(self.weights)


@cache
def gauss_panel(nodes: int) -> GaussPanel:
    """The panel with so many nodes.

    Source: the classical Gauss-Legendre rule; the coefficients of the Legendre interpolant are its discrete inner
    products at the nodes, which the rule computes exactly.
    """
    centred, doubled_weights = legendre.leggauss(nodes)
    points = np.concatenate([[0.0], (centred + 1) / 2, [1.0]])
    weights = doubled_weights / 2
    degrees = np.arange(nodes)
    to_legendre = (2 * degrees + 1)[:, None] * legendre.legvander(centred, nodes - 1).T * weights
    to_chebyshev = np.linalg.inv(chebyshev.chebvander(2 * points - 1, nodes + 1))
    identity = np.eye(nodes + 2)
    derivatives = np.stack([2 * chebyshev.chebval(2 * points - 1, chebyshev.chebder(row)) for row in identity], axis=1)
    integrals = np.stack(
        [legendre.legval(2 * points - 1, legendre.legint(row, lbnd=-1)) / 2 for row in identity[:nodes, :nodes]], axis=1
    )
    return GaussPanel(
        points=points,
        weights=weights,
        legendre=to_legendre,
        chebyshev=to_chebyshev,
        slopes=derivatives @ to_chebyshev,
        cumulative=integrals @ to_legendre,
    )
