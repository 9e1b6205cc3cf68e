"""An audit of reward models on a person's own scored completions: readers, conventions and reports."""
