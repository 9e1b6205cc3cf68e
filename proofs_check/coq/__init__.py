"""Coq: its compiler run on the formal proofs, and what it prints read as terms that can be computed with."""
