"""The life and the end of a run: signals, failures, exit codes, the cache of compiled programs."""
