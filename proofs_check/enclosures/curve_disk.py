r"""The disk of the complex plane in which the curve of the flow without KL term is analytic, and its functions there.

Notation of `theory.tabular.integrable`: at a point of the curve `u_i > 0`, `k` the output of smallest `u` (the most
likely one), `d_i = r_k - r_i`. At clock `z` later `u_i(z) = u_i + d_i z + u_k (e^v - 1)`, where `u_k(z) = u_k e^v` and
`v(z)` is the root of `F(z, v) = v + sum_{i != k} ln(u_i(z) / u_i)`, `v(0) = 0`.

**Claim.** Let `R, rho > 0`, `q_i = u_k / u_i`, `a_i = |d_i| R / u_i < 1`, `D_i = 1 / q_i - 1`, and

- `b_i = a_i + q_i (e^rho - 1)`: if it is below one, then `|u_i(z) / u_i - 1| <= b_i`, so
  `|u_k(z) / u_i(z)| <= q_i e^rho / (1 - b_i)`;
- `h_i = (|D_i| + |d_i| R / u_k) e^rho - |D_i|`: as `u_i(z) / u_k(z) = 1 + (D_i + d_i z / u_k) e^(-v)`, this number lies
  in the disk of centre `1 + D_i` and radius `h_i`. If `h_i < 1 + D_i`, then its inverse has a real part of at least
  `1 / (1 + D_i + h_i)` and a size of at most `1 / (1 + D_i - h_i)`.

If for every `i` one of the two holds, let `l_i` be the better lower bound on `Re(u_k(z) / u_i(z))`, `m_i` the better
upper bound on `|u_k(z) / u_i(z)|`, and `L = 1 + sum l_i`. If `L > 0` and `sum -ln(1 - a_i) <= rho L`, then for each
`|z| <= R` there is exactly one root with `|v| <= rho`; it is an analytic function of `z`, and
`|1 / u_i(z)| <= m_i e^rho / u_k` (with `m_k = 1`).

**Proof.** `dF/dv = 1 + sum_{i != k} u_k(z) / u_i(z)` has real part at least `L` on the disk `|v| <= rho`, and so has
its mean `J(v)` along the segment from 0 to `v`. `|F(z, 0)| = |sum ln(1 + d_i z / u_i)| <= sum -ln(1 - a_i)`. A root is
a fixed point of the continuous map `v -> -F(z, 0) / J(v)`, which maps the disk into itself: Brouwer. Two roots would
have `J = 0` between them. `dF/dv != 0` makes the root analytic in `z`. If only the first bound is in force, `u_i(z)`
has no zero for `b_i < 1`; if only the second, none for `h_i < 1 + D_i`: the logarithms are analytic too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from flint import arb

from proofs_check.enclosures.balls import ZERO, exact

SHRINK = 0.85
"""The radius is lowered by this factor until the claim applies."""


class Disk(NamedTuple):
    """A disk in which the curve is analytic.

    **Fields**: `radius`: of the clock, exact; `growth`: `rho`; `inverse`: bounds on `|1 / u_i|` in it.
    """

    radius: arb
    growth: arb
    inverse: list[arb]


def verify_disk(u: list[arb], slope: list[arb], most_likely: int, radius: float, growth: float) -> Disk | None:
    """The claim in ball arithmetic.

    **Arguments**: `u`: enclosures of `u_i`; `slope`: of `d_i`; `most_likely`: `k`, which must have the smallest `u` up
    to rounding; `radius`, `growth`: `R` and `rho`.

    **Returns** the disk, or None where its conditions are not certain.
    """
    size, rho = exact(radius), exact(growth)
    rise = rho.exp()
    least, start = arb(1), ZERO
    inverse = []
    for i, (value, d) in enumerate(zip(u, slope, strict=True)):
        if i == most_likely:
            inverse.append(rise / u[most_likely])
            continue
        share = u[most_likely] / value
        near = abs(d) * size / value
        if not near < 1:
            return None
        start = start - (-near).log1p()
        excess = (value - u[most_likely]) / u[most_likely]
        outer = near + share * (rise - 1)
        spread = (abs(excess) + abs(d) * size / u[most_likely]) * rise - abs(excess)
        lower, upper = [], []
        if outer < 1:
            upper.append(share * rise / (1 - outer))
            lower.append(-upper[-1])
        if spread < 1 + excess:
            upper.append(1 / (1 + excess - spread))
            lower.append(1 / (1 + excess + spread))
        if not lower:
            return None
        least = least + max(lower, key=lambda x: float(x.lower()))
        inverse.append(min(upper, key=lambda x: float(x.upper())) * rise / u[most_likely])
    if not (least > 0 and start <= rho * least):
        return None
    return Disk(size, rho, inverse)


def find_disk(u: list[arb], slope: list[arb], most_likely: int) -> Disk | None:
    """A large disk for which the claim holds; None if there is none of any useful size.

    Radius and growth are guessed in floating point, and the guess is verified.
    """
    # Ratios alone, which float64 holds however far apart the u are.
    shares = [min(1.0, float(u[most_likely] / x)) for x in u]
    rates = [float(abs(d) / x) for d, x in zip(slope, u, strict=True)]
    others = [i for i in range(len(u)) if i != most_likely]
    limit = min((1 / rates[i] for i in others if rates[i] > 0), default=math.inf)
    radius = 0.9 * limit
    for _ in range(60):
        growth = _growth([(shares[i], rates[i] * radius) for i in others])
        if growth is not None and (disk := verify_disk(u, slope, most_likely, radius, growth)) is not None:
            return disk
        radius *= SHRINK
    return None


def _growth(others: list[tuple[float, float]]) -> float | None:
    """A `rho` that fulfils the claim's conditions in floating point, with a margin; None if none was found.

    **Arguments**: `others`: of each output but the most likely one, `u_k / u_i` and `|d_i| R / u_i`.
    """
    if any(near >= 1 for _, near in others):
        return None
    start = -sum(math.log1p(-near) for _, near in others)
    rho = start / (len(others) + 1) * 1.05
    for _ in range(12):
        least = 1.0
        rise = math.exp(min(rho, 100.0))
        for share, near in others:
            outer = near + share * (rise - 1)
            spread = (1 - share + near) * rise - (1 - share)
            bounds = []
            if outer < 1 - 1e-6:
                bounds.append(-share * rise / (1 - outer))
            if spread < 1 - 1e-6:
                bounds.append(share / (1 + spread))
            if not bounds:
                return None
            least += max(bounds)
        if least <= 0:
            return None
        if start * 1.001 <= rho * least:
            return rho
        rho = 1.05 * start / least
    return None
