"""Estimators from samples, with intervals."""
