from __future__ import annotations

import json
from typing import NamedTuple

from sims.llm.records import as_record


class Inner(NamedTuple):
    pair: tuple[float, float]


class Outer(NamedTuple):
    inner: list[Inner]
    named: dict[str, Inner]
    nothing: None = None


def test_records_are_what_json_gives_back() -> None:
    record = as_record(Outer([Inner((1.0, 2.0))], {"a": Inner((3.0, 4.0))}))
    assert record == {"inner": [{"pair": [1.0, 2.0]}], "named": {"a": {"pair": [3.0, 4.0]}}, "nothing": None}
    assert json.loads(json.dumps(record)) == record
