"""Gradient flow with KL: an adaptive integration that switches to implicit steps where the flow is stiff."""
