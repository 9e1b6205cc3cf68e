"""The proof of every statement, step by step; the inequalities are in the module of the same name in `inequalities`."""
