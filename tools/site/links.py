"""The built pages, checked: every link within the site leads to a page and a place on it, and nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
"""What a browser fetches by itself, and the attribute that says from where."""
FETCHED_RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "preconnect"}


class Page(HTMLParser):
    """What a page links to, what it loads, and the places on it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what an element refers to, and its own name."""
        values = {name: value or "" for name, value in attrs}
        self.places |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in LOADED and LOADED[tag] in values:
            relations = set(values.get("rel", "stylesheet").split())
            (self.loaded if relations & FETCHED_RELATIONS else self.links).append(values[LOADED[tag]])


def objections(site: Path) -> list[str]:
    """A line for every link that leads nowhere and for everything that would be fetched from a network."""
    site = site.resolve()
    # What can be downloaded, such as an exported notebook, is no page of the site.
    found = [path for path in sorted(site.rglob("*.html")) if "_downloads" not in path.relative_to(site).parts]
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in found}
    return sorted({f"{path.relative_to(site)}: {said}" for path in pages for said in _wrong(path, pages)})


def _wrong(path: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """What is wrong with a page, which may link to places on the others."""
    page = pages[path]
    for target in page.loaded:
        if urlsplit(target).netloc:
            yield f"{target} would be fetched from a network"
    for target in [*page.links, *page.loaded]:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        aim = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not aim.is_file():
            yield f"{target} leads to no file"
        elif parts.fragment and aim in pages and unquote(parts.fragment) not in pages[aim].places:
            yield f"there is no such place as {target}"
