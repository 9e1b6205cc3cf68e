"""Claims of the register, in the notation of the write-up: as LaTeX macros by the id of their statement."""

from __future__ import annotations

import re
from collections.abc import Iterable

from theory.statements.register import find_statement

NOTATION = (
    (r"\sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]}", r"\sigma_0"),
    (r"\sqrt{\mathrm{Var}_{\pi_{\theta_0}}[r_{RM}]}", r"\sigma_0"),
    (r"(E_{x\sim S}\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM}])^{-1/2}", r"\frac1{\sigma_0}"),
    (r"(E_{x\sim S}\mathrm{Var}_{\pi_{\theta(0)}}[r_{RM}])^{-1/3}", r"\sigma_0^{-2/3}"),
    (r"\mathrm{Var}_{KL}^{3/2}", r"\sigma^3"),
    (r"\mathrm{Var}_{KL}", r"\sigma^2"),
)
"""How the register writes the deviation of the reward, and the letter that the write-up has for it."""

_SYMBOLS = (
    (r"(?<![A-Za-z\\])E(?=[_\[])", r"\\E"),
    (r"\\tfrac{d}{dt}", r"\\tfrac{\\dd}{\\dd t}"),
    (r"r_{RM}", r"r_{\\RM}"),
    (r"r_{KL}", r"r_{\\KL}"),
    # A division on one line is no relation: no wider space around it than around a product.
    (r" / ", "/"),
)


def in_our_notation(latex: str) -> str:
    r"""A formula of the register as the write-up has it.

    **Example**

    >>> in_our_notation(r"t_\gamma \ge 2|S|\gamma / \sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]}")
    't_\\gamma \\ge 2|S|\\gamma/\\sigma_0'
    """
    for theirs, ours in NOTATION:
        latex = latex.replace(theirs, ours)
    for pattern, symbol in _SYMBOLS:
        latex = re.sub(pattern, symbol, latex)
    return latex


def claim_parts(id: str) -> list[str]:
    """The claim of a statement, cut where the register has a wide space: first what is claimed, then what letters mean.

    **Raises** `InvalidInputError` for an id that is not in the register.
    """
    parts = re.split(r",?\\quad\s*(?![\s(])", find_statement(id).latex)
    return [in_our_notation(part.strip()) for part in parts]


def claim_macros(ids: Iterable[str]) -> dict[str, str]:
    """The name and the parts of the claim of each statement, by the name of the macro that holds them."""
    macros = {}
    for id in ids:
        macros[f"name@{id}"] = find_statement(id).number
        macros |= {f"claim@{id}@{place}": part for place, part in enumerate(claim_parts(id), 1)}
    return macros


def definitions(macros: dict[str, str]) -> str:
    r"""LaTeX that defines macros whose names hold more than letters; `\known` of the write-up expands them."""
    lines = [rf"\expandafter\def\csname {name}\endcsname{{{body}}}" for name, body in macros.items()]
    return "\n".join(lines) + "\n"
