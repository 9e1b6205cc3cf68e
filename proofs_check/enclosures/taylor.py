"""Taylor coefficients of the tabular gradient flow in integer arithmetic: quick, accurate, and to be verified."""

from __future__ import annotations

from operator import mul

from flint import arb, ctx, fmpz

from proofs_check.enclosures.balls import exact

EXTRA_BITS = 32
"""Binary places of the fixed-point numbers beyond Arb's present precision."""


def _fixed(ball: arb, bits: int) -> int:
    """The midpoint as a whole number of `2**-bits`, rounded."""
    mantissa, exponent = ball.mid().man_exp()
    shift = int(exponent) + bits
    return int(mantissa) << shift if shift >= 0 else int(mantissa) >> -shift


def taylor_coefficients(
    logits: list[arb],
    policy: list[arb],
    rewards: list[arb],
    coefficient: arb,
    moved: list[arb],
    *,
    unit: float,
    terms: int,
) -> list[list[arb]]:
    """Coefficients of the logits' powers of time, as exact numbers near the true ones: shape `[outputs][terms]`.

    By comparing coefficients in `theta' = p A`, `p' = p (theta' - E_p theta')` with `A = r_KL - E_p r_KL` (paper,
    Lemmas 7 and 9). Nothing here is an enclosure: whoever uses the polynomial encloses its defect.

    **Arguments**

    - `logits`, `policy`: where the flow starts, exact numbers and balls. `rewards`: `r_RM`. `coefficient`: `lambda`.
    - `moved`: the logits less those of the reference policy.
    - `unit`: a power of two near the time in which the policy changes; fixed-point numbers are in units of it.
    - `terms`: how many coefficients.
    """
    bits = ctx.prec + EXTRA_BITS
    size = range(len(logits))
    scale = exact(unit)
    weight = _fixed(coefficient * scale, bits)

    def last(first: list[int], second: list[int]) -> int:
        """The last coefficient of the product of two power series of equal length."""
        return sum(map(mul, first, reversed(second))) >> bits

    p = [[_fixed(x, bits)] for x in policy]
    theta: list[list[int]] = [[] for _ in size]
    reward = [[_fixed((rewards[i] - coefficient * moved[i]) * scale, bits)] for i in size]
    centred: list[list[int]] = [[] for _ in size]
    velocity: list[list[int]] = [[] for _ in size]
    change: list[list[int]] = [[] for _ in size]
    for k in range(terms - 1):
        mean = sum(last(p[i], reward[i]) for i in size)
        for i in size:
            centred[i].append(reward[i][k] - mean)
            velocity[i].append(last(p[i], centred[i]))
        drift = sum(last(p[i], velocity[i]) for i in size)
        for i in size:
            change[i].append(velocity[i][k] - drift)
            theta[i].append(velocity[i][k] // (k + 1))
            p[i].append(last(p[i], change[i]) // (k + 1))
            reward[i].append(-(weight * theta[i][k] >> bits))
    units = [arb(2) ** -bits / scale**k for k in range(1, terms)]
    return [[logits[i], *((arb(fmpz(c)) * u).mid() for c, u in zip(theta[i], units, strict=True))] for i in size]
