"""Builders of the paper's figures and tables, which differ in their settings."""
