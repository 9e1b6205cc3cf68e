"""Notebooks in a browser without a window: served by marimo on this machine alone, and driven through playwright."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tools.notebooks import FOLDER, quiet_environment

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
STEADY = 1500
"""Milliseconds: what does not change for so long has answered the last key."""

AT_REST = "() => !document.querySelector('.marimo-output-stale, .marimo-output-loading')"
"""Whether no output waits to be made anew."""

PATIENCE = 600.0
"""Seconds that a notebook may take until it is there: its programs may have to be compiled first."""


class Move(NamedTuple):
    """A slider and what it changes. **Fields**: its `label`; `steps`, to the right or (negative) to the left;
    `watched`, a selector."""

    label: str
    steps: int
    watched: str


MOVES = {
    "accuracy_against_variance": Move("T, as a power", 5, ".note"),
    "audit_your_rewards": Move("completions in a group", -2, "[data-table=wasted] tbody"),
    "evidence": Move("multiply the smaller side", 101, "[data-note=edited]"),
    "flat_landscape": Move("reward variance", -10, "[data-fact=hitting-time]"),
    "language_model": Move("loudness", -5, "[data-fact=hitting-time]"),
    "same_rewards_another_policy": Move("first over second good output", -30, ".note"),
}
"""One for each notebook."""

LOCAL = re.compile(r"^(?:https?|wss?)://(?:127\.0\.0\.1|localhost)[:/]|^(?:data|blob|about):")


def find_chromium() -> str | None:
    """The path of a Chromium on this machine; None if there is none."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


@dataclass
class Opened:
    """A notebook in a page. **Fields**: `page`; `errors`, of its console so far; `outside`, requests to elsewhere."""

    page: Page
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._told)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def _told(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")

    def _asked(self, request: Request) -> None:
        if not LOCAL.match(request.url):
            self.outside.append(request.url)

    def settled(self, selector: str) -> None:
        """Waits until something is there and no cell is running."""
        self.page.wait_for_selector(selector)
        self.page.wait_for_function(AT_REST)

    def framed(self) -> None:
        """Waits until there is a frame with a file, and it has been read: one that is replaced before is an error.

        **Raises** `TimeoutError` if there is none in the end.
        """
        end = time.monotonic() + PATIENCE
        while not (frames := [frame for frame in self.page.frames if "/@file/" in frame.url]):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.page.url}: no frame with a file")
            self.page.wait_for_timeout(50)
        for frame in frames:
            frame.wait_for_load_state()

    def quiet(self, selector: str) -> None:
        """Waits until what is watched has stayed the same for a while."""
        last = None
        while last != (last := self.text(selector)):
            self.page.wait_for_timeout(STEADY)
            self.page.wait_for_function(AT_REST)

    def text(self, selector: str) -> str:
        """The text of the first element that fits."""
        return self.page.locator(selector).first.inner_text()

    def move(self, move: Move) -> float:
        """Moves a slider by its keys. **Returns** seconds between the last key and the change of what is watched."""
        selector = move.watched
        thumb = self.page.locator("marimo-slider", has_text=move.label).get_by_role("slider").first
        thumb.focus()
        key, ten = ("ArrowRight", "PageUp") if move.steps > 0 else ("ArrowLeft", "PageDown")
        tens, ones = divmod(abs(move.steps) - 1, 10)
        for pressed in [ten] * tens + [key] * ones:
            thumb.press(pressed)
        self.quiet(selector)
        before, started = self.text(selector), time.perf_counter()
        thumb.press(key)
        self.page.wait_for_function(
            "([selector, before]) => document.querySelector(selector)?.innerText !== before",
            arg=[selector, before],
        )
        seconds = time.perf_counter() - started
        # The number beside the thumb would cover the label.
        thumb.blur()
        return seconds


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium without a window. **Raises** `FileNotFoundError` if there is none."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError("There is no Chromium: apt-get install chromium, or brew install chromium.")
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


@contextlib.contextmanager
def served(name: str, folder: Path = FOLDER, environment: dict[str, str] | None = None) -> Iterator[str]:
    """A notebook's address while it is served, on this machine alone.

    **Arguments**: `name`, without .py; `environment`, of its process beside what it needs.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "run", f"{name}.py", "--headless", "--no-token", "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=folder, env=quiet_environment() | (environment or {}), stdout=log, stderr=log
        )
        try:
            _wait(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        if process.poll() is not None:
            raise RuntimeError(f"marimo has ended with {process.returncode}.")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError("marimo does not answer.")


def opened(browser: Browser, address: str, *, width: int = 1280, height: int = 900) -> Opened:
    """A notebook in a page of its own."""
    found = Opened(browser.new_page(viewport={"width": width, "height": height}))
    found.page.set_default_timeout(1000 * PATIENCE)
    found.page.goto(address)
    return found
