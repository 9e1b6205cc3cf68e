"""The ledger in words: explanations, formulas, tightness."""
