"""The formal proofs and what is made of them: theorems read as functions of numbers, compared with the register."""
