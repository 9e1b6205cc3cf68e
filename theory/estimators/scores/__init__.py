"""Estimates from rewards and inner products of scores of sampled outputs: what bounds on gradients are made of."""
