"""Pictures of every notebook after a slider was moved, on a wide and on a narrow screen, for docs/notebooks.md.

Run as `python -m tools.notebook_screenshots [NAMES]`; needs the extra `notebooks`, playwright and a Chromium.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from sims.files import replace_together
from tools.notebook_browser import MOVES, browser, opened, served
from tools.notebooks import ROOT

SCREENS = {1280: 1000, 390: 1400}
"""Heights by width, in pixels."""

COLOURS = 255
"""Of a picture: enough for pages of few colours, and a third of the bytes."""


def small_png(content: bytes) -> bytes:
    """The same picture in fewer colours."""
    stream = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE).save(
            stream, format="PNG", optimize=True
        )
    return stream.getvalue()


def screenshots(name: str) -> dict[str, bytes]:
    """PNG files by name. **Raises** `RuntimeError` if the page reports an error or asks the network."""
    found = {}
    with browser() as chromium, served(name) as address:
        for width, height in SCREENS.items():
            page = opened(chromium, address, width=width, height=height)
            page.settled(MOVES[name].watched)
            seconds = page.move(MOVES[name])
            page.quiet(MOVES[name].watched)
            page.page.mouse.move(0, 0)
            print(f"{name}, {width} pixels: answered after {seconds:.2f} s", flush=True)
            if page.errors or page.outside:
                raise RuntimeError(f"{name}: {page.errors} {page.outside}")
            found[f"{name}-{width}.png"] = small_png(page.page.screenshot())
            page.page.close()
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the pictures. **Returns** an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MOVES, []], help="of notebooks (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "notebooks")
    given = parser.parse_args(arguments)
    for name in given.names or MOVES:
        replace_together(given.out, screenshots(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
