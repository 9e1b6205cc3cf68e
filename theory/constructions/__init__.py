"""The reward models and policies that Theorems 5 and 6 construct."""
