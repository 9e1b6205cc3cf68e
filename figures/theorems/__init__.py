"""Figures that show the theorems."""
