"""Gradient flow without KL, integrated exactly along one scalar curve (statement S5)."""
