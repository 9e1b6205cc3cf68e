"""The rotary embedding that a `config.json` asks for, in the older and the newer way of writing it."""

from __future__ import annotations

from typing import Any

from sims.llm.decoder.config import LinearScaling, Llama3Scaling, RotaryEmbedding

from .config_keys import ConfigKeys, only_keys

_KNOWN = [
    "rope_type",
    "type",
    "rope_theta",
    "partial_rotary_factor",
    "factor",
    "low_freq_factor",
    "high_freq_factor",
    "original_max_position_embeddings",
]
_DEFAULT_BASE = 10_000.0


def read_rotary(keys: ConfigKeys, head_size: int, default_part: float | None) -> RotaryEmbedding:
    """The rotary embedding, from `rope_parameters`, or from `rope_scaling`, `rope_theta` and their like.

    **Arguments**

    - `keys`: the configuration.
    - `head_size`: the width of one head.
    - `default_part`: the part of a head that turns unless the file says otherwise; None where architectures turn all.

    **Raises** `InvalidInputError` for a kind of scaling other than `default`, `linear` and `llama3`, for keys that are
    not known, and for two that contradict each other.
    """
    given: dict[str, Any] = {}
    for name in ("rope_parameters", "rope_scaling"):
        _merge(keys, given, only_keys(keys, name, keys.take(name, {}), _KNOWN))
    for name, key in (("rope_theta", "rope_theta"), ("rotary_emb_base", "rope_theta")):
        _merge(keys, given, {key: keys.take(name)})
    for name in ("partial_rotary_factor", "rotary_pct"):
        _merge(keys, given, {"partial_rotary_factor": keys.take(name)})
    part = keys.as_positive("partial_rotary_factor", given.get("partial_rotary_factor", default_part or 1.0))
    size = int(head_size * part)
    if size % 2 or not 2 <= size <= head_size or (default_part is None and part != 1):
        keys.refuse(f"a rotary embedding of {part} of a head of size {head_size}")
    base = keys.as_positive("rope_theta", given.get("rope_theta", _DEFAULT_BASE))
    return RotaryEmbedding(base, size, _scaling(keys, given))


def _merge(keys: ConfigKeys, given: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        key = "rope_type" if key == "type" else key
        if value is None:
            continue
        if given.setdefault(key, value) != value:
            keys.refuse(f"{key} is both {given[key]!r} and {value!r}")


def _scaling(keys: ConfigKeys, given: dict[str, Any]) -> LinearScaling | Llama3Scaling | None:
    kind = given.get("rope_type", "default")
    known = {
        "default": (),
        "linear": ("factor",),
        "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
    }
    if kind not in known:
        keys.refuse(f"rotary embedding scaled by {kind!r}, not default, linear or llama3")
    # Written beside any kind, and used by llama3 alone.
    surplus = set(given) - {"rope_type", "rope_theta", "partial_rotary_factor", "original_max_position_embeddings"}
    if surplus - set(known[kind]):
        keys.refuse(f"rotary embedding scaled by {kind!r} with {', '.join(sorted(surplus - set(known[kind])))}")
    numbers = {key: keys.as_positive(key, given.get(key)) for key in known[kind]}
    if kind == "default":
        return None
    if kind == "linear":
        return LinearScaling(numbers["factor"])
    low, high = numbers["low_freq_factor"], numbers["high_freq_factor"]
    if not low < high:
        keys.refuse(f"low_freq_factor {low} is not below high_freq_factor {high}")
    return Llama3Scaling(numbers["factor"], low, high, int(numbers["original_max_position_embeddings"]))
