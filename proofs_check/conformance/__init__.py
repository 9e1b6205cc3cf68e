"""Whether the code of a statement is the formula that is proved: independent restatements, compared at points."""
