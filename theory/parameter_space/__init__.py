"""Policies with shared parameters: their problems, the objective, and the norms that its landscape is bounded by."""
