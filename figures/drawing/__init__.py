"""Drawing: style, numbers, tables, intervals."""
