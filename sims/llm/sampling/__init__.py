"""Completions: drawn from a language model, and the log-probabilities of given ones."""
