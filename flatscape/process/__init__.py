"""How a run lives and ends: signals, failures, exit codes, the cache of compiled programs."""
