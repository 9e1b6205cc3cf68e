"""What was measured on SmolLM2-135M-Instruct, kept as package data.

`flatscape lm check --json figures/data/language_model_check.json` makes the file again; the full level of figures
measures anew.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from figures.figure import Level
from proofs_check.ledger.ledger import versions
from sims.llm.loading import load_language_model
from sims.llm.one_token.check import CheckSettings, LanguageModelCheck, check_language_model, unfinished_check

NAME = "language_model_check.json"


@cache
def kept_record() -> dict[str, Any]:
    """The kept measurement as `flatscape lm check --json` wrote it."""
    record: dict[str, Any] = json.loads(files("figures").joinpath("data", NAME).read_text(encoding="utf-8"))
    return record


def measurement(level: Level) -> LanguageModelCheck:
    """The kept measurement; at the full level a new one, of which an interrupted run's parts are used again."""
    if level != "full":
        return LanguageModelCheck.from_record(kept_record())
    model, settings = load_language_model(), CheckSettings()
    return check_language_model(model, settings, place=unfinished_check(model, settings, versions()))


def settings_of(check: LanguageModelCheck, level: Level) -> dict[str, Any]:
    """What a figure states of the measurement that it shows."""
    source = "measured now" if level == "full" else f"figures/data/{NAME}"
    return check.settings._asdict() | {"failure_probability": check.failure_probability, "source": source}
