"""A real language model against the theory."""
