"""The inequalities that the proofs about policies of any kind rest on."""
