"""Reward models compared as teachers, from scored completions: measures, intervals, and the conventions of trainers."""
