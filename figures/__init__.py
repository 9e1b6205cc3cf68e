"""Figures and pages: what is computed, how it is drawn, and the files that hold it. Folders are the chapters.

Names are imported on first use (`__init__.pyi` lists them).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
