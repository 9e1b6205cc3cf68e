"""The symbols of a policy against plain numbers."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest

from proofs_check.symbolic.quotients import Outputs

VALUES = {f"{s}{i}": F(2 + 3 * i + 5 * k, 4 + k) for k, s in enumerate("wrlhg") for i in range(3)} | {"lam": F(1, 3)}


def test_arithmetic_of_quotients():
    o = Outputs(3)
    p = np.array([float(VALUES[f"w{i}"]) for i in range(3)])
    p = p / p.sum()
    r = np.array([float(VALUES[f"r{i}"]) for i in range(3)])
    assert float(o.mean(o.reward).at(VALUES)) == pytest.approx(p @ r)
    assert float((1 - o.policy[0] * 2 + o.policy[1] ** 2).at(VALUES)) == pytest.approx(1 - 2 * p[0] + p[1] ** 2)
    spread = o.mean([a**2 for a in o.centred(o.reward)])
    assert float(spread.at(VALUES)) == pytest.approx(p @ (r - p @ r) ** 2)
    assert spread.reduced().power < spread.power
    assert spread.reduced().at(VALUES) == spread.at(VALUES)
    assert o.sum(o.policy).reduced().at(VALUES) == 1


def test_derivatives_against_differences():
    """Along a direction of the logits, with `l` and `h` moving as they must."""
    o = Outputs(3)
    direction = np.array([0.3, -0.7, 0.2])
    value = o.mean([h * r + ratio**2 for h, r, ratio in zip(o.regularized, o.reward, o.log_ratio, strict=True)])
    exact = float(o.derivative(value, [o.constant(F(d)) for d in direction]).at(VALUES))

    def moved(step):
        w = np.array([float(VALUES[f"w{i}"]) for i in range(3)])
        shift = step * direction - np.log(w @ np.exp(step * direction) / w.sum())
        new = dict(VALUES)
        for i in range(3):
            new[f"w{i}"] = F(float(w[i] * np.exp(step * direction[i])))
            new[f"l{i}"] = VALUES[f"l{i}"] + F(float(shift[i]))
            new[f"h{i}"] = VALUES[f"h{i}"] - VALUES["lam"] * F(float(shift[i]))
        return float(value.at(new))

    assert exact == pytest.approx((moved(1e-5) - moved(-1e-5)) / 2e-5, rel=1e-8)
    assert [p.at(VALUES) for p in o.basis(1)] == [0, 1, 0]
