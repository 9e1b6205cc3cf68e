"""What an audit is given: settings, and the completions of each policy as arrays."""
