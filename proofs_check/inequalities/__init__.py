"""The inequalities that the proofs rest on, as questions to the engines; one module for each of `proofs`."""
