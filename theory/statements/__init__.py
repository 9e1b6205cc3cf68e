"""The register: every statement with its hypotheses, its two sides and its negative control."""
