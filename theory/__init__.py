"""The paper as code: definitions, policies, the objective, bounds, constructions and the register of statements.

Pure functions of arrays: no time stepping, no files. Names are imported on first use (`__init__.pyi` lists them), so
that a command line can start without loading JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
