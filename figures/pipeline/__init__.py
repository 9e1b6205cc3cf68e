"""From a figure's module to its files: running, resuming, saving, provenance."""
