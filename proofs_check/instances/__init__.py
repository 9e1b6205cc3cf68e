"""Instances: families of problems and policies, paths, witnesses, and their records."""
