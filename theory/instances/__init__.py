"""Instances that statements are evaluated on, and each statement's bounds, hypotheses and margins there."""
