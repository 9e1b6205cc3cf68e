"""The linear law: what bounds the speed of a reward and the growth of the variance together, for every policy."""
