"""Readings: how each theorem of Coq speaks of the points at which the register is evaluated."""
