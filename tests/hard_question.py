"""A question that no solver settles."""

from __future__ import annotations

from proofs_check.smt.formula import script

HARD = script(
    [f"x{i}**3 + y{i}*x{(i + 1) % 9}**2 == {i + 2} + z*y{(i + 4) % 9}**3" for i in range(9)],
    " + ".join(f"x{i}**4*y{i}**2" for i in range(9)) + " >= 17/5*z**5",
)
"""Eighteen unknowns in equations of the third degree."""
