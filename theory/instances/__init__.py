"""What a statement is evaluated on, and each statement's bounds, hypotheses and margins there."""
