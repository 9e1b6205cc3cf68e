"""Pieces of pages: small HTML and pictures, which need no script."""
