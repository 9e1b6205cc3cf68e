"""Formulas for readers: LaTeX as MathML for a page, or as one line of plain text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

LONGEST = 4000
"""Formulas beyond this many characters are not set: nothing in the register comes near."""

_TAGS = frozenset(
    (
        *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "mpadded", "mfrac", "msqrt", "mroot"),
        *("msub", "msup", "msubsup", "munder", "mover", "munderover"),
    )
)
_ATTRIBUTES = frozenset(
    (
        *("display", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "fence", "form", "movablelimits"),
        *("width", "lspace", "rspace"),
    )
)
_SPACED = frozenset("=<>≤≥≠∈→≈+−±⊙⋅·×∖∪∩∣")
_TIGHT = frozenset("|‖/")
_PREFIXES = frozenset("+−±·⋅")
_SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ACCENTS = {"˙": "\u0307", "^": "\u0302", "¯": "\u0304", "~": "\u0303", "¨": "\u0308"}
_SIMPLE_FRACTIONS = {"1/2": "½", "1/3": "⅓", "1/4": "¼", "3/4": "¾"}

_SYMBOL = r"(?:\d+|[^\W\d_][\u0300-\u036f]?(?:[₀-₉²³′]|_[^\W_]+|_\{[^{} ]*\})*)"
_WHOLE_UNDER_ROOT = re.compile(_SYMBOL)
_WHOLE_BELOW = re.compile(rf"d[a-z]|{_SYMBOL}(?:\([^() ]*\))?|√{_SYMBOL}|\|[^| ]+\|")
_WORD = re.compile(r"[A-Za-zΑ-Ωα-ω]{2,}")
_ENDS_WITH_SCRIPT = re.compile(r"[_^][^\W_]+$|√\w$")
_BARE_WORDS = re.compile(
    r"(?:(?<=\s)|^)((?:[a-z]{2,}|a|[A-Z][a-z]{3,} \d+)(?: (?:[a-z]{2,}|a|[A-Z][a-z]{3,} \d+))*)(?=[\s,;.:]|$)"
)


_RELATIONS = frozenset("=<>≤≥≠∈→≈+−±")
_NAME = re.compile(r"(?<![A-Za-z\\])(?:(?<=_\{)[A-Za-z]{2,}(?=\})|(?:KL|RM|BoN|Var|Cov|Pr|ref)(?![A-Za-z]))")
"""Names of several letters: an index that is a word, and those that the paper uses anywhere; others are products."""
LONG = 24
"""Characters of a formula beyond which it may be broken into lines."""


class MathematicsError(ValueError):
    """A text that cannot be read as LaTeX mathematics."""


@lru_cache(maxsize=512)
def mathml(latex: str) -> str:
    """A formula as MathML, every character in it escaped.

    **Arguments**: `latex`: without dollar signs; words among the symbols are set as words.

    **Raises** `MathematicsError` for what is not LaTeX, or uses a command that the converter does not know.
    """
    return ElementTree.tostring(_parsed(latex), encoding="unicode")


@lru_cache(maxsize=512)
def mathml_pieces(latex: str) -> tuple[str, ...]:
    """A formula as elements of MathML, between which a line may end: browsers break no line within one of them.

    A long formula ends a line before what relates or adds, but not within a fraction, a root or an index.

    **Arguments** and errors are those of `mathml`.
    """
    root = _parsed(latex)
    if len(_line(root)) <= LONG:
        return (mathml(latex),)
    row = root[0] if len(root) == 1 and root[0].tag == "mrow" else root
    pieces = [Element("math", root.attrib)]
    for style, element in _with_styles(row):
        if element.tag == "mo" and (element.text or "") in _RELATIONS and _ends_term(pieces[-1]):
            # At the head of a row it would be taken for a sign, and set without space.
            element.set("form", "infix")
            pieces.append(Element("math", root.attrib))
        if style is None:
            pieces[-1].append(element)
        else:
            styled = pieces[-1][-1] if len(pieces[-1]) and pieces[-1][-1].attrib == style else None
            (ElementTree.SubElement(pieces[-1], "mstyle", style) if styled is None else styled).append(element)
    return tuple(ElementTree.tostring(piece, encoding="unicode") for piece in pieces)


def _with_styles(row: Element) -> Iterator[tuple[dict[str, str] | None, Element]]:
    """The elements of a row, those of a style one by one with what it sets: one style may reach to the row's end."""
    for element in list(row):
        if element.tag == "mstyle":
            yield from ((element.attrib, part) for part in list(element))
        else:
            yield None, element


def _ends_term(piece: Element) -> bool:
    """Whether an operator after this relates or adds, rather than being a sign."""
    if not len(piece):
        return False
    last = piece[-1][-1] if piece[-1].tag == "mstyle" and len(piece[-1]) else piece[-1]
    return not (last.tag == "mo" and (last.text or "") in "([{,=<>≤≥+−±")


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """A formula, or a sentence that has formulas in it, as one line of Unicode; what cannot be read stays as it is."""
    if not re.search(r"\\[A-Za-z,!|{ ]|[_^]\{", text):
        return text.replace("<=", "≤").replace(">=", "≥")
    try:
        return _line(_parsed(text))
    except MathematicsError:
        return text


def _parsed(latex: str) -> Element:
    # Only what sets a formula loads the converter: it reads a table of symbols when it is imported.
    from latex2mathml.converter import convert_to_element

    if len(latex) > LONGEST or not latex.isprintable():
        raise MathematicsError(f"A text of {len(latex)} characters, or one with control characters.")
    try:
        # Not the converter's own text: it leaves markup in the formula unescaped.
        root = convert_to_element(_with_words_set(latex))
    except Exception as error:  # The converter's errors have no class in common; deep nesting ends in a RecursionError.
        raise MathematicsError(f"{type(error).__name__}: {error}") from None
    root.attrib.pop("xmlns", None)
    for element in root.iter():
        if element.tag not in _TAGS or not set(element.attrib) <= _ATTRIBUTES:
            raise MathematicsError(f"The element {element.tag} with {list(element.attrib)} is not one of mathematics.")
        element.text = unescape(element.text or "")
        if element.tag == "mi" and element.text.startswith("\\"):
            raise MathematicsError(f"The command {element.text} is not known.")
        if element.tag == "mo" and element.text in _TIGHT:
            element.set("lspace", "0")
            element.set("rspace", "0")
        _join_letters(element)
    for element in list(root.iter()):
        _space_names(element)
    return root


def _with_words_set(latex: str) -> str:
    r"""Bare words of two or more small letters as `\text`, as register and proofs have sentences among their formulas;
    names of several letters as `\mathrm`, which would otherwise be set as products."""
    parts = re.split(r"(\\(?:text|mathrm|operatorname)\{[^{}]*\})", latex)
    parts[::2] = [_BARE_WORDS.sub(r"\\text{ \1 }", _NAME.sub(r"\\mathrm{\g<0>}", part)) for part in parts[::2]]
    return "".join(parts)


def _join_letters(element: Element) -> None:
    """The upright letters of a name such as Var as one identifier, which is how it is read out."""
    letters = list(element)
    if element.tag == "mrow" and len(letters) > 1 and all(e.get("mathvariant") == "normal" for e in letters):
        name = "".join(e.text or "" for e in letters)
        for letter in letters:
            element.remove(letter)
        ElementTree.SubElement(element, "mi").text = name


def _space_names(element: Element) -> None:
    """A thin space between a name such as ln and a factor beside it, which MathML sets without one."""
    children = list(element)
    if element.tag not in ("math", "mrow", "mstyle"):
        return
    for place, (left, right) in reversed(list(enumerate(pairwise(children), start=1))):
        bracket = right.tag == "mrow" and len(right) > 0 and right[0].tag == "mo"
        if (_is_name(left) or _is_name(right)) and not (bracket or {left.tag, right.tag} & {"mo", "mspace", "mtext"}):
            element.insert(place, Element("mspace", width="0.17em"))


def _is_name(element: Element) -> bool:
    core = element[0] if element.tag in ("msub", "msup", "msubsup") else element
    return core.tag == "mi" and len(core.text or "") > 1


def _line(element: Element) -> str:
    return " ".join(_joined(_tokens(element)).split()).replace(" ,", ",")


def _tokens(element: Element) -> list[str]:
    """The line's parts, left to right; a fraction starts with a null so that `_joined` can tell it."""
    match element.tag:
        case "math" | "mrow" | "mstyle" | "mpadded":
            return [token for child in element for token in _tokens(child)]
        case "mspace":
            return [" "]
        case "mfrac":
            return [_fraction(*(_line(child) for child in element))]
        case "msqrt":
            under = " ".join(_line(child) for child in element)
            return [f"√{under}" if _WHOLE_UNDER_ROOT.fullmatch(under) else f"√({under})"]
        case "mroot":
            return [f"root({', '.join(_line(child) for child in element)})"]
        case "mover" if (element[1].text or "") in _ACCENTS:
            return [_line(element[0]) + _ACCENTS[element[1].text or ""]]
        case "msub" | "munder":
            return [_line(element[0]) + _lowered(_line(element[1]))]
        case "msup" | "mover":
            return [_line(element[0]) + _raised(_line(element[1]))]
        case "msubsup" | "munderover":
            return [_line(element[0]) + _lowered(_line(element[1])) + _raised(_line(element[2]))]
    return [(element.text or "").replace("\0", "").replace("\u2009", "").replace("\u00a0", " ")]


def _fraction(above: str, below: str) -> str:
    outside = re.sub(r"\([^()]*\)|\{[^{}]*\}|\[[^\[\]]*\]", "", re.sub(r"\([^()]*\)", "", above))
    top = f"({above})" if re.search(r" [+−=] ", outside) else above
    written = f"{top}/{below if _WHOLE_BELOW.fullmatch(below) else f'({below})'}"
    return _SIMPLE_FRACTIONS.get(written) or f"\0{written}"


def _raised(text: str) -> str:
    if re.fullmatch(r"−?[0-9]+", text):
        return text.translate(_SUPERSCRIPTS)
    if text in ("′", "″"):
        return text
    return f"^{text}" if re.fullmatch(r"\w|[+−±∗*]", text) else f"^({text})"


def _lowered(text: str) -> str:
    if re.fullmatch(r"[0-9]+", text):
        return text.translate(_SUBSCRIPTS)
    return f"_{text}" if re.fullmatch(r"[^\W_]+", text) else f"_{{{text}}}"


def _joined(tokens: list[str]) -> str:
    """The parts with spaces around what relates or adds, and between words; fractions beside factors in brackets."""
    shown = [token for token in tokens if token]
    line = ""
    for before, token, after in zip(["", *shown], shown, [*shown[1:], ""], strict=False):
        starts = not line or line[-1] in " ([{,"
        if token in _SPACED:
            tight = (starts and token in _PREFIXES) or not line
            line += token.replace("∣", "|") if tight else f" {token.replace('∣', '|')} "
        elif token in (",", ";"):
            line += f"{token} "
        elif token.startswith("\0"):
            stripped = line.rstrip()
            opened = not stripped or stripped[-1] in "([{,;" or stripped[-1] in _SPACED
            alone = opened and (not after or after in _SPACED or after[0] in ")]},; ")
            line += token[1:] if alone else f"({token[1:]})"
        else:
            line += (" " if _needs_space(line, before, token) else "") + token
    return line


def _needs_space(line: str, before: str, token: str) -> bool:
    """Between a word, or a symbol with an index, and what would run into it."""
    if not line or line[-1] in " ([{|/" or token[0] in " )]},/":
        return False
    if _WORD.match(token) and (line[-1].isalnum() or line[-1] in ")}]|"):
        return True
    ends = _ENDS_WITH_SCRIPT.search(line) or _WORD.fullmatch(before)
    return bool(ends) and (token[0].isalnum() or token[0] in "√∑∫‖")
