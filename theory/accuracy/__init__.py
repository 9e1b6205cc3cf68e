"""Accuracy of a reward model (Definitions 1 and 3): pairs, attainable values, and orders that attain them."""
