"""Output of commands: tables, bounds, progress, the citation."""
