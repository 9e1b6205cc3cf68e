"""Mutation testing of `theory`: small faults are put into its formulas, and the quick checks have to notice them."""
