"""Threads and processes that share the machine's cores."""
