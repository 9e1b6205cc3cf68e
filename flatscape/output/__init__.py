"""What commands print: tables, bounds, progress, the citation."""
