"""The write-up of our theorems: its formulas and numbers from the register and from artefacts, and its compilation."""
