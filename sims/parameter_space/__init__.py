"""Gradient flow and gradient ascent on the parameters of a policy of any kind."""
