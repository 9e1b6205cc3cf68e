"""Statements about tabular policies, their paths and hitting times: sides, hypotheses, witnesses and claims."""
