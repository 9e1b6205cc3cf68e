"""Arguments of public functions: their rules, by name, the checks, and the precision that is computed in."""
