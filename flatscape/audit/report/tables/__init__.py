"""Tables of an audit, chosen from its record."""
