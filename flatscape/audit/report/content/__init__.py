"""A record of an audit, read with care: numbers, models, words."""
