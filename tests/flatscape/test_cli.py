"""The command line as a process: exit codes, where errors go, and what starting up costs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flatscape.process.outcome import Outcome

PAIR = {
    "initial_probabilities": [0.5, 0.5],
    "proxy_reward": [1.0, -1.0],
    "ground_truth_reward": [1.0, -1.0],
    "gamma": 0.3,
}


def run(tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "flatscape", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
        check=False,
    )


def test_zero_for_a_problem_that_is_solved(tmp_path):
    (tmp_path / "pair.json").write_text(json.dumps(PAIR))
    result = run(tmp_path, "simulate", "pair.json", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["status"] == "reached"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["simulate", "missing.json"], "no such file"),
        (["simulate", "bad.json"], "proxy_reward: got 2"),
        (["simulate", "bad.json", "--gamma", "-1"], "--gamma: got -1"),
        (["verify", "nonsense"], "Known statements: "),
        (["lm", "next", ""], "empty prompt"),
    ],
)
def test_two_and_one_line_for_bad_input(tmp_path, arguments, message):
    (tmp_path / "bad.json").write_text(json.dumps(PAIR | {"proxy_reward": [2, 0]}))
    result = run(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.json"]


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["verify", "--level", "huge"], ["verify", "--seed", "-1"], ["simulate"]]
)
def test_two_for_a_wrong_command_line(tmp_path, arguments):
    result = run(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr


STATEMENT_REPLACED = """
import dataclasses, sys
from theory.statements import register as statements
from theory.statements.tabular.policy_sides import lemma_3
lemma = statements.find_statement("lem3")
statements.REGISTER = (dataclasses.replace(lemma, {change}),)
statements._BY_ID = {{"lem3": statements.REGISTER[0]}}
from proofs_check.sampling import tabular as sampling
sampling.LEVELS["quick"] = sampling.Settings((2,), 8, 8, 64, ())
sys.argv = ["flatscape", "verify", "lem3", "--workers", "1", "--no-formal"]
from flatscape.cli import main
main()
"""


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ("title='as it is'", 0, "Sound"),
        ("sides=lemma_3(0.3)", 1, "violated"),
        ("control=dataclasses.replace(lemma.control, sides=lemma.sides)", 1, "NOT SOUND"),
    ],
)
def test_one_for_a_violation_or_a_control_that_is_not_refuted(tmp_path, change, code, word):
    script = STATEMENT_REPLACED.format(change=change)
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False
    )
    assert result.returncode == code, result.stderr
    assert word in result.stdout


HEAVY = "{'jax', 'jaxlib', 'numpy', 'scipy', 'matplotlib', 'gguf', 'tokenizers'} & set(sys.modules)"


def test_help_and_import_load_nothing_heavy(tmp_path):
    calls = "from flatscape.cli import main\ntry: main()\nexcept SystemExit: pass"
    scripts = [
        "import sys, flatscape",
        f"import sys; sys.argv = ['flatscape', '--help']; {calls}",
        f"import sys; sys.argv = ['flatscape', 'verify', '--help']; {calls}",
    ]
    for script in scripts:
        result = subprocess.run(
            [sys.executable, "-c", f"{script}\nprint('heavy:', sorted({HEAVY}))"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=True,
        )
        assert result.stdout.splitlines()[-1] == "heavy: []", script


def test_help_lists_the_commands(tmp_path):
    result = run(tmp_path, "--help")
    assert result.returncode == 0
    for command in ("verify", "explain", "simulate", "figures", "lm", "paper", "notebook"):
        assert command in result.stdout
    assert run(tmp_path, "--version").stdout.startswith("flatscape 0.")


@pytest.mark.parametrize(
    "arguments", [["simulate", "many.json", "--json"], ["simulate", "many.json"], ["explain", "lem7"]]
)
def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path, arguments):
    """`flatscape simulate ... | head -1`: 1 would claim a violated statement, 2 bad input."""
    (tmp_path / "many.json").write_text(json.dumps([PAIR] * 4))
    process = subprocess.Popen(
        [sys.executable, "-m", "flatscape", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    process.stdout.close()
    error = process.stderr.read()
    assert (process.wait(timeout=300), error) == (141, b"")


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")


@FULL
@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["simulate", "pair.json"], ["simulate", "pair.json", "--json"], ["explain", "lem7"]],
)
def test_a_full_disk_is_one_line_and_a_code_of_its_own(tmp_path, arguments):
    (tmp_path / "pair.json").write_text(json.dumps(PAIR))
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "flatscape", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            timeout=300,
            check=False,
        )
    assert (result.returncode, result.stderr.count("\n")) == (74, 1)
    assert "No space left on device" in result.stderr


@pytest.mark.parametrize("arguments", ["--help", "simulate pair.json"])
def test_a_closed_output_is_said_before_any_work(tmp_path, arguments):
    (tmp_path / "pair.json").write_text(json.dumps(PAIR))
    command = f"{sys.executable} -m flatscape {arguments} >&-"
    result = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
    assert (result.returncode, result.stderr.count("\n")) == (74, 1)
    assert "standard output is closed" in result.stderr
    silent = subprocess.run(["sh", "-c", f"{command} 2>&-"], cwd=tmp_path, check=False)
    assert silent.returncode == 74


BROKEN = """
import sys
from flatscape.commands import figures
def broken(*_, **__):
    raise {error}
figures.draw_all = broken
sys.argv = ["flatscape", "figures"]
from flatscape.cli import main
main()
"""


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        ("ValueError('two\\nlines')", 70, "this should not happen: ValueError: two lines"),
        ("MemoryError", 70, "this should not happen: MemoryError"),
        ("PermissionError(13, 'Permission denied', 'kept')", 74, "kept: Permission denied"),
    ],
)
def test_what_nobody_expected_is_one_line_and_a_traceback_in_a_file(tmp_path, error, code, line):
    command = [sys.executable, "-c", BROKEN.format(error=error)]
    cache = tmp_path / "cache"
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"FLATSCAPE_CACHE": str(cache)}
    )
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (code, "", 1)
    assert result.stderr.startswith(f"error: {line} (traceback: ")
    (kept,) = (cache / "tracebacks").iterdir()
    assert str(kept) in result.stderr
    assert "in broken" in kept.read_text()
    assert "flatscape figures" in kept.read_text()
    # Where it cannot be kept it is shown, unless reading or writing is what has failed.
    cache.rename(tmp_path / "before")
    cache.write_text("")
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"FLATSCAPE_CACHE": str(cache)}
    )
    assert (result.returncode, "in broken" in result.stderr) == (code, code == 70)


def test_the_exit_codes_stand_in_one_table(tmp_path):
    shown = run(tmp_path, "--help").stdout
    table = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
    listed = {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.*) \|$", table, re.MULTILINE)}
    assert listed == {code.value: code.message for code in Outcome}
    for code in Outcome:
        assert f"{code.value:>3}  {code.message}" in shown


HYPOTHESES_REPLACED = """
import dataclasses
from theory.instances import upper_bounds as instance_upper_bounds
from theory.statements import register as statements
whole = statements.find_statement("{id}")
edited = dataclasses.replace(whole, hypotheses={hypotheses})
statements.REGISTER = tuple(edited if s is whole else s for s in statements.REGISTER)
statements._BY_ID["{id}"] = edited
"""
LARGER_LOSS = (
    "dataclasses.replace(whole.hypotheses[-1], holds=lambda i: instance_upper_bounds.chosen_set(i).loss <= 0.9)"
)
HYPOTHESIS_EDITED = """
import sys
{edit}
from proofs_check.ledger import plan
from proofs_check.sampling import tabular as sampling
from proofs_check.certificates.hitting_times import CERTIFIED_LEVELS, CertifiedSettings
sampling.LEVELS["quick"] = sampling.Settings((3,), 8, 8, 8, ())
CERTIFIED_LEVELS["quick"] = CertifiedSettings((2,), problems=1, most_steps=20)
plan.search_tabular = lambda *_, **__: []
sys.argv = ["flatscape", "verify", "{id}", "--workers", "1", "--no-language-model", "--no-formal"]
from flatscape.cli import main
main()
"""


@pytest.mark.parametrize(
    ("id", "edit"),
    [
        ("prop4", "from theory.bounds import upper_bounds; upper_bounds.PROPOSITION_4_KL_DIVISOR = 4.0"),
        pytest.param(
            "s-prop4",
            HYPOTHESES_REPLACED.format(id="s-prop4", hypotheses=f"(*whole.hypotheses[:-1], {LARGER_LOSS})"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "s-thm5-fast",
            HYPOTHESES_REPLACED.format(id="s-thm5-fast", hypotheses="whole.hypotheses[1:]"),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["a limit doubled", "a limit raised", "one dropped"],
)
def test_one_for_an_edited_hypothesis(tmp_path, id, edit):
    script = HYPOTHESIS_EDITED.format(edit=edit, id=id)
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False
    )
    assert result.returncode == 1, result.stderr
    assert "violated" in result.stdout
