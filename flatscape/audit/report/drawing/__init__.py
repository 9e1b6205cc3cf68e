"""Plots of an audit drawn by Matplotlib, in the style of the project's figures."""
