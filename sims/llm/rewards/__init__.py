"""Rewards on text without a network, a person's own reward functions, and what is measured of rewards."""
