"""Every bound, once: lower and upper bounds on `t_gamma`, bounds in parameter space, and the lemmas behind them.

Names are imported on first use (`__init__.pyi` lists them): `theory.bounds.proposition_3`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
