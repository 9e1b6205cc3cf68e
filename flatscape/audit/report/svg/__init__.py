"""Plots as inline SVG that is styled by the page."""
