"""One statement tried, replayed and edited before a reader's eyes."""
