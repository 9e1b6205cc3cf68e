"""Evidence by adversarial search: ascent and evolution toward an instance that violates a statement."""
