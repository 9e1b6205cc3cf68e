"""Formulas on a page: MathML, which browsers set and screen readers read; no script, no font to fetch."""

from __future__ import annotations

from markupsafe import Markup

from proofs_check.report.formulas import MathematicsError, mathml_pieces


def formula(latex: str) -> Markup:
    """A formula for a page, which may run over several lines where it is long.

    **Arguments**: `latex` without dollar signs. What cannot be read is shown as its source.
    """
    try:
        # Every character of it is escaped by the serialiser.
        return Markup(" ".join(mathml_pieces(latex)))
    except MathematicsError:
        return Markup('<code class="formula">{}</code>').format(latex)
