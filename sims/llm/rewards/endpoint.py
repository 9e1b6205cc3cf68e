"""A person's own reward behind an HTTP endpoint."""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from collections.abc import Mapping

import httpx
import numpy as np
from jaxtyping import Float64

from sims.llm.rewards.answers import RewardFailure, rewards_from
from sims.llm.rewards.policy_on_failure import OnFailure, PolicyOnFailure
from sims.llm.rewards.scored_texts import ScoredTexts
from sims.llm.rewards.time_limit import TimeLimit
from theory.errors import InvalidInputError

BUSY = frozenset({408, 425, 429, 503})
"""HTTP statuses of a server that is not ready now, whatever it is asked; 502 may be a worker that one text ended."""

LARGEST_ANSWER = 1 << 26
"""Bytes of an answer that are read."""


class EndpointReward:
    """A reward that POSTs `{"prompts": [...], "completions": [...]}` and reads `{"rewards": [...]}`.

    Both lists have equal length, and there is one number for each completion; `null` says that there is none. Only
    addresses of this machine are accepted unless `anywhere` is set: texts are not sent away by mistake. Redirections
    are not followed, and proxies are used only with `anywhere`.

    **Arguments**

    - `url`: of `http` or `https`, on `localhost` or a loopback address.
    - `name`: how tables and messages call it; the URL unless given.
    - `on_failure`: `"error"` raises at the first completion without a finite reward and shows it; `"drop"` makes its
      reward NaN.
    - `timeout`: seconds that one request may take in all.
    - `retries`: how often a request is repeated for a single completion, or to a server that is not there or busy.
    - `batch_size`: the most completions in one request.
    - `pause`: seconds before the first repetition; twice as long before each further one, at most 30 s.
    - `headers`: sent with each request, such as `{"Authorization": ...}`.
    - `anywhere`: whether other hosts than this machine may be asked.

    **Returns** when called: float64 of shape `(completions,)`, NaN for those that were dropped.

    **Raises** `InvalidInputError` for arguments out of range; when called, as `on_failure` says.

    >>> from sims.llm import EndpointReward
    >>> EndpointReward("http://localhost:8000/score", on_failure="drop").name
    'http://localhost:8000/score'
    """

    needs_features = False

    def __init__(
        self,
        url: str,
        *,
        name: str | None = None,
        on_failure: OnFailure = "error",
        timeout: float = 30.0,
        retries: int = 3,
        batch_size: int = 64,
        pause: float = 0.5,
        headers: Mapping[str, str] | None = None,
        anywhere: bool = False,
    ) -> None:
        self._url = _checked_url(url, anywhere=anywhere)
        self._anywhere = anywhere
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self.name = url if name is None else name
        self._policy = PolicyOnFailure(on_failure=on_failure, retries=retries, batch_size=batch_size, pause=pause)
        self._limit = TimeLimit(timeout)

    @property
    def failures(self) -> Counter[str]:
        """The number of completions without a reward, by reason."""
        return self._policy.failures

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The reward of each completion."""
        seconds = self._limit.seconds
        phases = httpx.Timeout(seconds, connect=seconds / 2)
        with httpx.Client(timeout=phases, trust_env=self._anywhere, headers=self._headers) as client:

            def ask(prompts: list[str], completions: list[str]) -> list[float | RewardFailure]:
                # The limits of phases start again with every byte: the whole request has one, too.
                return self._limit(lambda: _post(client, self._url, prompts, completions))

            return self._policy.score(self.name, texts, ask)


def _checked_url(url: str, *, anywhere: bool) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidInputError("url", url, f"Give a URL: {error}.") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InvalidInputError("url", url, "Give one that begins with http:// or https:// and names a host.")
    if not anywhere and not _is_loopback(parsed.host):
        remedy = "Give an address of this machine, such as http://127.0.0.1:8000, or set anywhere=True."
        raise InvalidInputError("url", f"the host {parsed.host}", remedy)
    return parsed


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _post(
    client: httpx.Client, url: httpx.URL, prompts: list[str], completions: list[str]
) -> list[float | RewardFailure]:
    """**Raises** `RewardFailure`."""
    # Escaped to ASCII: a text may hold half of a surrogate pair, which UTF-8 does not have.
    content = json.dumps({"prompts": prompts, "completions": completions}).encode("ascii")
    try:
        with client.stream("POST", url, content=content) as response:
            body = _read(response)
    except httpx.ConnectTimeout as error:
        raise RewardFailure("no connection", "not within half of the time-out", of_all=True) from error
    except httpx.TimeoutException as error:
        raise RewardFailure("time-out", type(error).__name__) from error
    except httpx.ConnectError as error:
        raise RewardFailure("no connection", str(error)[:200], of_all=True) from error
    except httpx.HTTPError as error:
        raise RewardFailure("broken connection", str(error)[:200]) from error
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RewardFailure("malformed answer", f"no JSON: {body[:80]!r}") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("rewards"), list):
        raise RewardFailure("malformed answer", f'no "rewards": {body[:80]!r}')
    return rewards_from(answer["rewards"], len(completions))


def _read(response: httpx.Response) -> bytes:
    status = response.status_code
    if status != httpx.codes.OK:
        raise RewardFailure(f"HTTP status {status}", response.reason_phrase, of_all=status in BUSY)
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise RewardFailure("malformed answer", f"more than {LARGEST_ANSWER} bytes")
    return bytes(body)
