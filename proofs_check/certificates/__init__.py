"""Statements certified on instances by enclosures, and the simulator held against them."""
