"""Simulated teaching: sampled completions as the outputs of a tabular policy, which each reward model teaches in turn.

`scored_groups` checks and holds the samples, `simulate_teaching` runs the policy gradient on them, exactly or on
average over its own samples, and tells what happens to the truth. Names are imported on first use (`__init__.pyi` lists
them).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
