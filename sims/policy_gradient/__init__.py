"""Sampled policy gradient on policies whose outputs are all enumerated: REINFORCE, RLOO, GRPO, PPO, DAPO (Section 4).

Sampling is all that is random: gradients of log-probabilities and metrics are exact. Arrays have the precision that JAX
is set to. Names are imported on first use (`__init__.pyi` lists them).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
