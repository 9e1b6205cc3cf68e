"""The computing and the drawing behind the notebooks in `notebooks/`: functions of numbers, without any widget."""
