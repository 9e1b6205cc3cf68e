"""Text to token ids and back, and conversations as text."""
