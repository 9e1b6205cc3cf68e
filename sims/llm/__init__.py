"""Real language models: obtained, read, tokenised, run in JAX, sampled, and turned into problems.

Names are imported on first use, so that `import sims.llm` costs nothing: neither JAX, nor `gguf`, nor `tokenizers`
is loaded before something of theirs is asked for (`__init__.pyi` lists them).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
