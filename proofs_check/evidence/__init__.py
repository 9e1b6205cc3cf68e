"""Evidence of all kinds: methods and verdicts, proofs and their steps, controls, merging."""
