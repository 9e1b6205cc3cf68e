"""The smallest ratio of S3++ to `gamma`, in ball arithmetic: what makes its linear corollary true for every `gamma`.

With `w` as in `theory.bounds.growth_control`: `x(w) = 4 tanh w / (1 + q)^(3/2)`, `q = sech^2 w`, at the rise
`D(w) = 2 sqrt 2 w - 3 artanh(tanh(w) / sqrt 2)`, which is that of `gamma = 2 tanh(D/2)` where it is smallest.
"""

from __future__ import annotations

from flint import arb

from proofs_check.enclosures.balls import exact
from proofs_check.enclosures.on_boxes import OnBoxes, Part
from theory.bounds import growth_control

SHORT, LONG = arb(1) / 10, arb(5) / 2
SLOWEST = arb(3) / 100
"""Above the square of the hyperbolic secant of `LONG`, which is 0.0266."""

TOO_HIGH = 1.8694


def _slow(w: arb) -> arb:
    return 1 / w.cosh() ** 2


def clock(w: arb) -> arb:
    return 4 * w.tanh() / (1 + _slow(w)) ** (arb(3) / 2)


def rise(w: arb) -> arb:
    root = arb(2).sqrt()
    return 2 * root * w - 3 * (w.tanh() / root).atanh()


def _slopes(constant: float) -> Part:
    """Near zero, where both sides vanish: the slopes of `c D` and of `x`."""

    def sides(w: arb) -> tuple[arb, arb]:
        q, root = _slow(w), arb(2).sqrt()
        smaller = exact(constant) * (2 * root - 3 * root * q / (1 + q))
        return smaller, 4 * q / (1 + q) ** (arb(3) / 2) + 12 * (1 - q) * q / (1 + q) ** (arb(5) / 2)

    return Part(sides, [(arb(0), SHORT)])


def _between(constant: float) -> Part:
    return Part(lambda w: (2 * exact(constant) * (rise(w) / 2).tanh(), clock(w)), [(SHORT, LONG)])


def _beyond(constant: float) -> Part:
    """As `tanh(D/2) <= 1`: the clock in terms of `q`, which falls with `w`."""

    def sides(q: arb) -> tuple[arb, arb]:
        return 2 * exact(constant), 4 * (1 - q).sqrt() / (1 + q) ** (arb(3) / 2)

    return Part(sides, [(arb(0), SLOWEST)])


def smallest_ratio() -> OnBoxes:
    """`x >= c gamma` along the curve of S3++, with the constant of the code."""
    constant = growth_control.LINEAR_CONSTANT
    return OnBoxes(
        name="smallest ratio of S3++ to gamma",
        claim=f"2 c tanh(D(w)/2) <= x(w) for every w > 0, c = {constant}",
        parts=(_slopes(constant), _between(constant), _beyond(constant)),
        text="c D'(w) <= x'(w) for w <= 1/10, both sides of c D <= x being zero at 0, and tanh(D/2) <= D/2; 2 c "
        "tanh(D(w)/2) <= x(w) for 1/10 <= w <= 5/2; 2 c <= x where sech^2 w <= 3/100, as it is for w >= 5/2",
        wrong=_between(TOO_HIGH),
        wrong_description=f"the constant raised to {TOO_HIGH}",
        scope="every rise D > 0",
    )
