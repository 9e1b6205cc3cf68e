"""Derivatives of hitting times: by implicit differentiation at the crossing, and through JAX's transformations."""
