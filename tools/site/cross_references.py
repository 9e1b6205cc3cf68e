"""Names in signatures and docstrings as links: to our own pages by their full names, to jax and numpy by theirs."""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

_TOKEN = re.compile(r"""(?P<text>'[^']*'|"[^"]*")|(?P<name>(?<![\w.])[A-Za-z_][\w.]*)(?P<argument>\s*:)?""")
_CODE = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)(\(\))?`(?!`)")
_CLASS = re.compile(r"[A-Z][a-z]\w*")
ALIASES = {"np": "numpy", "jnp": "jax.numpy"}


@dataclass
class Names:
    """What can be linked to.

    **Fields**: `ours`: full names of what is documented; `foreign`: names in the inventories; `unknown`: names of
    signatures that are neither, which are shown without a link.
    """

    ours: Collection[str]
    foreign: Collection[str]
    unknown: set[str] = field(default_factory=set)

    def find(self, name: str, package: str) -> str | None:
        """The full name that is meant, first of all in the package itself; None if there is none, or several."""
        root, dot, rest = name.partition(".")
        name = f"{ALIASES.get(root, root)}{dot}{rest}"
        if name in self.ours or name in self.foreign:
            return name
        inside = [full for full in self.ours if full == f"{package}.{name}"]
        ending = inside or [full for full in self.ours if full.endswith(f".{name}")]
        return ending[0] if len(ending) == 1 else None

    def in_signature(self, signature: str, package: str) -> str:
        """The signature with full names in its annotations; what cannot be linked to is noted in `unknown`."""

        def resolved(match: re.Match[str]) -> str:
            if match["text"] or match["argument"]:
                return match[0]
            name = match["name"]
            if hasattr(builtins, name):
                return name
            full = self.find(name, package)
            if full is None:
                self.unknown.add(name)
            return full or name

        return _TOKEN.sub(resolved, signature)

    def in_text(self, text: str, package: str, itself: str) -> str:
        """The docstring with links where code is a full name of ours, a class of ours, or a name of jax or numpy."""

        def linked(match: re.Match[str]) -> str:
            name = match[1]
            if not ("." in name or _CLASS.fullmatch(name)):
                return match[0]
            full = self.find(name, package)
            if full is None or full == itself:
                return match[0]
            return f"{{py:obj}}`{name}{match[2] or ''} <{full}>`"

        return "".join(part if fence else _CODE.sub(linked, part) for part, fence in _parts(text))


def _parts(text: str) -> Iterable[tuple[str, bool]]:
    """The text in turn outside and inside of fences."""
    inside = False
    for line in text.splitlines(keepends=True):
        marks = line.lstrip().startswith("```")
        yield line, inside or marks
        inside ^= marks
