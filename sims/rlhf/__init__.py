"""The paper's experiments in miniature: prompts, a ground truth, reward models learnt from it, and policies they teach.

A world is drawn at random from a `Setting` of a few numbers, and every part of it is known exactly. Names are imported
on first use (`__init__.pyi` lists them).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
