"""The rule of the argument `optimizer`, which is the same wherever parameters are moved by optax."""

from __future__ import annotations

import optax

from theory.arguments.object_rules import of_kind

OPTIMIZER = of_kind(optax.GradientTransformation, "Give an optax optimiser, such as optax.adam(1e-3).")
"""Refuses what is no optimiser of optax, by name."""
