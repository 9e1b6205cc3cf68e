"""Texts to be scored, and a reward endpoint on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from sims.llm import ScoredTexts
from sims.llm.rewards import time_limit


def texts_of(*completions: str, prompt: str = "Say hello.") -> ScoredTexts:
    return ScoredTexts((prompt,) * len(completions), completions, None)


class Endpoint:
    """A server on the loopback address. `answer` is given completions and gives a status and a body, or never."""

    def __init__(self) -> None:
        self.answer: Callable[[list[str]], tuple[int, bytes]] = self.lengths
        self.requests: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append(content)
                endpoint.headers.append(dict(self.headers))
                status, body = endpoint.answer(content["completions"])
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    if 300 <= status < 400:
                        self.send_header("Location", "/elsewhere")
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    pass  # nobody waits any more

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/score"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @staticmethod
    def lengths(completions: list[str]) -> tuple[int, bytes]:
        return 200, json.dumps({"rewards": [len(text) for text in completions]}).encode()

    def sizes(self) -> list[int]:
        return [len(request["completions"]) for request in self.requests]

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    found = Endpoint()
    yield found
    found.close()


class Hang:
    """Called, it hangs until it is released. The time of the call that waits for it is up as soon as it begins."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.released = threading.Event()

    def __call__(self) -> None:
        self.begun.release()
        self.released.wait()


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hang]:
    """A hang that no clock measures: however slow the machine is, only what hangs runs out of time."""
    found = Hang()

    class PatientQueue:
        def __init__(self) -> None:
            self._items: SimpleQueue[Any] = SimpleQueue()
            self.put = self._items.put

        def get(self, timeout: float) -> Any:
            while True:
                try:
                    return self._items.get(timeout=0.01)
                except Empty:
                    if found.begun.acquire(blocking=False):
                        raise

    monkeypatch.setattr(time_limit, "SimpleQueue", PatientQueue)
    yield found
    found.released.set()
