"""Instances of statements about training in steps: runs of an optimiser, and training on groups of samples."""
