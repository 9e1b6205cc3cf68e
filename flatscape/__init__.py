"""flatscape: why an accurate reward model can be a bad teacher, as a command line. See `flatscape --help`."""

__version__ = "0.2.0"
