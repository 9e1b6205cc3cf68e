"""Figures and pages: what is computed, how it is drawn, and the files and pages that hold it. The folders are the chapters."""
