"""The engine that asks two solvers about inequalities between real numbers."""
