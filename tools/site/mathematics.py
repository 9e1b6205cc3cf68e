"""Formulas of the site as MathML, through the project's own converter: no script, no font, no TeX, no network."""

from __future__ import annotations

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from proofs_check.report.formulas import MathematicsError, mathml_pieces

LOGGER = logging.getLogger(__name__)


def html(node: nodes.Element) -> str:
    """A formula as MathML, in pieces between which a line may end; what cannot be read is reported, and its source
    stands."""
    latex = node.astext()
    try:
        return " ".join(mathml_pieces(latex))
    except MathematicsError:
        LOGGER.warning("a formula cannot be read: %s", latex, location=node)
        return f"<code>{escape(latex)}</code>"


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """A formula within a line."""
    self.body.append(f'<span class="formula">{html(node)}</span>')
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on lines of its own."""
    self.body.append(f'<div class="formula">{html(node)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Makes `mathml` known to Sphinx as a renderer of mathematics."""
    app.add_html_math_renderer("mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
