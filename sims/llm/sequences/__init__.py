"""The theory at completions of many tokens: estimates from samples, with intervals, in all parameters of a network."""
