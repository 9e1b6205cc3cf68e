"""How things are drawn: style, numbers, tables, intervals."""
