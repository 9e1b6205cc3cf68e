"""The `flatscape lm` commands."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flatscape.commands.lm import app
from sims.llm import next_token
from theory.errors import InvalidInputError


@pytest.fixture(scope="module", autouse=True)
def _load_once() -> Iterator[None]:
    """Each command would read the same 98 MB again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(next_token, "load_language_model", functools.cache(next_token.load_language_model))
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def fetched() -> str:
    """What `lm fetch` printed; without the model tests are skipped, but fail where CI is set."""
    result = run("fetch")
    if isinstance(result.exception, InvalidInputError) and os.environ.get("CI") != "true":
        pytest.skip(f"the model cannot be had: {result.exception}")
    assert result.exit_code == 0, result.exception
    return result.stdout


@pytest.mark.model
def test_fetch_prints_path_and_checksum(fetched: str) -> None:
    path, checksum = fetched.splitlines()
    assert Path(path).stat().st_size == 98_362_432
    assert checksum.startswith("sha256 ")
    assert checksum.endswith(" verified")


@pytest.mark.model
@pytest.mark.usefixtures("fetched")
def test_next_names_paris() -> None:
    result = run("next", "The capital of France is", "-k", "5", "--json")
    tokens = json.loads(result.stdout)
    assert len(tokens) == 5
    assert all(set(token) == {"token", "id", "probability", "logit"} for token in tokens)
    assert " Paris" in [token["token"] for token in tokens[:2]]
    assert [token["probability"] for token in tokens] == sorted((t["probability"] for t in tokens), reverse=True)
    assert all(isinstance(token["id"], int) and 0 < token["probability"] < 1 for token in tokens)


@pytest.mark.model
@pytest.mark.usefixtures("fetched")
def test_next_prints_a_line_a_token() -> None:
    lines = run("next", "The capital of France is", "-k", "3").stdout.splitlines()
    assert len(lines) == 3
    assert any('" Paris"' in line for line in lines[:2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["next", "x", "-k", "0"], "-k: got 0"),
        (["next", "x", "-k", "-3"], "-k: got -3"),
        (["next", ""], "empty prompt"),
    ],
)
def test_bad_input_is_found_before_the_model_is_loaded(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, InvalidInputError)
    assert message in str(result.exception)


def test_a_damaged_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path))
    (tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(b"GGUF")
    next_token.load_language_model.cache_clear()  # type: ignore[attr-defined]
    result = run("next", "x")
    assert isinstance(result.exception, InvalidInputError)
    assert "flatscape lm fetch" in str(result.exception)


def test_importing_the_commands_loads_nothing_heavy() -> None:
    heavy = "{'jax', 'gguf', 'tokenizers', 'numpy', 'sims.llm.decoder'}"
    code = f"import sys, flatscape.commands.lm; print(sorted({heavy} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
