"""What all kinds of evidence are made of: verdicts, proofs and their steps, merging, progress."""
