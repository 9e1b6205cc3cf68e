"""Figures and pages: what is computed, how it is drawn, and the files that hold it. Folders are the chapters."""
