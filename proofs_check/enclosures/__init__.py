"""Rigorous enclosures in ball arithmetic: of expressions on boxes, of the flow, and of hitting times."""
