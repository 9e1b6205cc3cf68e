"""Tabular policies: problems, the policy's derivatives, the limit of the flow, exact solutions, Best-of-N."""
