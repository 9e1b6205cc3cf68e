"""Plots of an audit as data, chosen from its record: the page and the figure draw the same ones."""
