"""A reward from a real HTTP server on the loopback address."""

from __future__ import annotations

import json
import socket
import threading

import numpy as np
import pytest

from sims.llm import EndpointReward, ScoredTexts
from sims.llm.rewards import endpoint as module
from theory.errors import InvalidInputError

from .conftest import Endpoint, texts_of

TEXTS = texts_of("a", "bb", "bad", "dddd")


def answering_badly(endpoint: Endpoint, status: int, body: bytes) -> None:
    """Lengths, but `status` and `body` for any batch with the completion `bad`."""
    endpoint.answer = lambda completions: (status, body) if "bad" in completions else Endpoint.lengths(completions)


def test_what_is_sent_and_read(endpoint):
    reward = EndpointReward(endpoint.url, batch_size=2, headers={"Authorization": "Bearer x"})
    texts = ScoredTexts(("p", "p", "q"), ("a", "é\ud800\0", "ccc"), None)
    assert reward(texts).tolist() == [1, 3, 3]
    assert endpoint.requests == [
        {"prompts": ["p", "p"], "completions": ["a", "é\ud800\0"]},
        {"prompts": ["q"], "completions": ["ccc"]},
    ]
    assert endpoint.headers[0]["Authorization"] == "Bearer x"
    assert endpoint.headers[0]["Content-Type"] == "application/json"
    assert reward.name == endpoint.url


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"broken", "HTTP status 500"),
        (404, b"", "HTTP status 404"),
        (502, b"", "HTTP status 502"),
        (302, b"", "HTTP status 302"),
        (200, b"{", "malformed answer"),
        (200, b"\xff\xfe", "malformed answer"),
        (200, b"[" * 100_000, "malformed answer"),
        (200, b"[1, 2]", "malformed answer"),
        (200, b'{"scores": [1]}', "malformed answer"),
        (200, b'{"rewards": 1}', "malformed answer"),
        (200, b'{"rewards": []}', "wrong number of rewards"),
        (200, b'{"rewards": [1, 2, 3, 4, 5]}', "wrong number of rewards"),
    ],
)
def test_a_failed_request_costs_only_the_completion_that_makes_it_fail(endpoint, status, body, reason):
    answering_badly(endpoint, status, body)
    reward = EndpointReward(endpoint.url, on_failure="drop", retries=1, pause=0.0)
    np.testing.assert_array_equal(reward(TEXTS), [1, 2, np.nan, 4])
    assert reward.failures == {reason: 1}
    assert endpoint.sizes() == [4, 2, 2, 1, 1, 1]
    with pytest.raises(InvalidInputError) as caught:
        EndpointReward(endpoint.url, retries=0)(TEXTS)
    assert "'bad'" in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [("null", "None"), ("NaN", "NaN"), ("1e999", "infinity"), ('"1"', "not a number"), ("[1]", "not a number")],
)
def test_a_reward_that_is_no_number_costs_only_itself(endpoint, shown, reason):
    endpoint.answer = lambda completions: (200, f'{{"rewards": [1, 2, {shown}, 4]}}'.encode())
    reward = EndpointReward(endpoint.url, on_failure="drop")
    np.testing.assert_array_equal(reward(TEXTS), [1, 2, np.nan, 4])
    assert reward.failures == {reason: 1}
    assert endpoint.sizes() == [4]


def test_a_hang_costs_only_the_completion_that_makes_it_hang(endpoint, hang):
    def answer(completions: list[str]) -> tuple[int, bytes]:
        if "bad" in completions:
            hang()
        return Endpoint.lengths(completions)

    endpoint.answer = answer
    reward = EndpointReward(endpoint.url, on_failure="drop", retries=0)
    np.testing.assert_array_equal(reward(TEXTS), [1, 2, np.nan, 4])
    assert reward.failures == {"time-out": 1}


def test_a_server_that_never_answers_is_given_no_more_than_the_time_limit(endpoint):
    endpoint.answer = lambda completions: (200, str(endpoint.released.wait()).encode())
    with pytest.raises(InvalidInputError, match="time-out"):
        EndpointReward(endpoint.url, timeout=0.3, retries=1, pause=0.0)(texts_of("a"))


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_for_the_whole_batch(endpoint, status):
    def answer(completions: list[str]) -> tuple[int, bytes]:
        return (status, b"") if len(endpoint.requests) < 3 else Endpoint.lengths(completions)

    endpoint.answer = answer
    assert EndpointReward(endpoint.url, retries=2, pause=0.0)(TEXTS).tolist() == [1, 2, 3, 4]
    assert endpoint.sizes() == [4, 4, 4]
    endpoint.requests.clear()
    reward = EndpointReward(endpoint.url, on_failure="drop", retries=1, pause=0.0)
    assert np.isnan(reward(TEXTS)).all()
    assert reward.failures == {f"HTTP status {status}": 4}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_a_server_that_is_not_there():
    url = f"http://127.0.0.1:{free_port()}"
    reward = EndpointReward(url, on_failure="drop", retries=2, pause=0.0)
    assert np.isnan(reward(TEXTS)).all()
    assert reward.failures == {"no connection": 4}
    with pytest.raises(InvalidInputError, match="no connection"):
        EndpointReward(url, retries=0)(TEXTS)


def serve_once(send: list[bytes], between: threading.Event | None = None) -> int:
    """A server that sends raw bytes to whoever connects; between two pieces it waits a little or for the event."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                try:
                    for piece in send:
                        connection.sendall(piece)
                        if between is not None:
                            between.wait(0.05)
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def test_a_server_that_drips_is_given_no_more_than_the_time_limit():
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    port = serve_once([begun, *[b" "] * 1_000_000], threading.Event())
    reward = EndpointReward(f"http://127.0.0.1:{port}", on_failure="drop", timeout=0.4, retries=0)
    assert np.isnan(reward(texts_of("a"))).all()
    assert reward.failures == {"time-out": 1}


def test_a_connection_that_breaks():
    port = serve_once([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])
    reward = EndpointReward(f"http://127.0.0.1:{port}", on_failure="drop", retries=0)
    assert np.isnan(reward(texts_of("a"))).all()
    assert reward.failures == {"broken connection": 1}


def test_an_answer_without_end_is_not_read_to_its_end(endpoint, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_ANSWER", 100)
    endpoint.answer = lambda completions: (200, b" " * 1000)
    reward = EndpointReward(endpoint.url, on_failure="drop", retries=0)
    assert np.isnan(reward(texts_of("a"))).all()
    assert reward.failures == {"malformed answer": 1}


def test_proxies_are_not_asked(endpoint, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert EndpointReward(endpoint.url, retries=0)(TEXTS).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1", "https://127.9.9.9/x", "http://[::1]:80/", "HTTP://LocalHost"]
)
def test_addresses_of_this_machine_are_accepted(url):
    assert EndpointReward(url, name="mine").name == "mine"


ELSEWHERE = [
    "http://example.org/score",
    "http://localhost.example.org",
    "http://127.0.0.1@example.org",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://127.1",
    "http://2130706433",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_other_hosts_only_if_one_says_so(url):
    with pytest.raises(InvalidInputError, match="anywhere=True"):
        EndpointReward(url)
    EndpointReward(url, anywhere=True)


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "file:///etc/hosts", "http://", "http://[::1"]
)
def test_what_is_no_url_of_http_is_refused(url):
    with pytest.raises(InvalidInputError, match="url"):
        EndpointReward(url, anywhere=True)


def test_answers_are_the_same_each_time(endpoint):
    answering_badly(endpoint, 500, b"")
    for _ in range(2):
        EndpointReward(endpoint.url, on_failure="drop", retries=2, pause=0.0)(TEXTS)
    half = len(endpoint.requests) // 2
    assert json.dumps(endpoint.requests[:half]) == json.dumps(endpoint.requests[half:])
