"""The constants of Coq's libraries: their arguments, one at a time and all at once."""

from __future__ import annotations

import pytest

from proofs_check.coq.primitives import PRIMITIVES, Constructed


def test_one_argument_at_a_time():
    assert PRIMITIVES["Rminus"].curried(3)(1) == 2
    assert PRIMITIVES["true"].curried is True
    assert PRIMITIVES["FiniteSum.rsum"].curried(None)((1, 2, 3))(lambda x: x * x) == 14
    assert PRIMITIVES["sub"].function(2, 5) == 0


@pytest.mark.parametrize(
    ("value", "constructed"),
    [
        (True, Constructed("true")),
        (0, Constructed("O")),
        (3, Constructed("S", (2,))),
        ((), Constructed("nil")),
        ((1, 2), Constructed("cons", (1, (2,)))),
    ],
)
def test_what_a_match_takes_apart(value, constructed):
    assert Constructed.of(value) == constructed


def test_a_match_takes_no_real_number_apart():
    with pytest.raises(TypeError, match=r"0\.5"):
        Constructed.of(0.5)


def test_an_integral_along_a_steady_path():
    integral = PRIMITIVES["is_RInt"].function
    assert integral(None, lambda t: 3, 0, 2, 6)
    assert not integral(None, lambda t: 3, 0, 2, 6.1)
    with pytest.raises(ValueError, match="not constant"):
        integral(None, lambda t: t, 0, 2, 2)


def test_functions_are_not_compared():
    with pytest.raises(TypeError, match="functions"):
        PRIMITIVES["eq"].function(None, abs, abs)
