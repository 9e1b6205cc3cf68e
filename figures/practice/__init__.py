"""Figures that hold the theory against simulated practice."""
