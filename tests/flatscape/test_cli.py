"""The command line as a process: exit codes, where errors go, and what starting up costs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PAIR = {
    "initial_probabilities": [0.5, 0.5],
    "proxy_reward": [1.0, -1.0],
    "ground_truth_reward": [1.0, -1.0],
    "gamma": 0.3,
}


def run(tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "flatscape", *map(str, arguments)], capture_output=True, text=True, cwd=tmp_path,
        timeout=300, check=False,
    )  # fmt: skip


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
from theory import statements
from theory.policy_statements import _lemma_3
lemma = statements.find_statement("lem3")
statements.REGISTER = (dataclasses.replace(lemma, {change}),)
statements._BY_ID = {{"lem3": statements.REGISTER[0]}}
from proofs_check import sampling
sampling.LEVELS["quick"] = sampling.Settings((2,), 8, 8, 64, ())
sys.argv = ["flatscape", "verify", "lem3", "--workers", "1"]
from flatscape.cli import main
main()
"""


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ("title='as it is'", 0, "Sound"),
        ("sides=_lemma_3(0.3)", 1, "violated"),
        ("control=dataclasses.replace(lemma.control, sides=lemma.sides)", 1, "NOT SOUND"),
    ],
)
def test_one_for_a_violation_or_a_control_left_standing(tmp_path, change, code, word):
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
            capture_output=True, text=True, cwd=tmp_path, check=True,
        )  # fmt: skip
        assert result.stdout.splitlines()[-1] == "heavy: []", script


def test_help_lists_the_commands(tmp_path):
    result = run(tmp_path, "--help")
    assert result.returncode == 0
    for command in ("verify", "explain", "simulate", "figures", "lm", "paper"):
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
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    process.stdout.close()
    error = process.stderr.read()
    assert (process.wait(timeout=300), error) == (141, b"")


HYPOTHESES_REPLACED = """
import dataclasses
from theory import fast_teacher, statements
whole = statements.find_statement("{id}")
edited = dataclasses.replace(whole, hypotheses={hypotheses})
statements.REGISTER = tuple(edited if s is whole else s for s in statements.REGISTER)
statements._BY_ID["{id}"] = edited
"""
LARGER_LOSS = "dataclasses.replace(whole.hypotheses[-1], holds=lambda i: fast_teacher.chosen_set(i).loss <= 0.9)"
HYPOTHESIS_EDITED = """
import sys
{edit}
from proofs_check import plan, sampling
from proofs_check.certified import CERTIFIED_LEVELS, CertifiedSettings
sampling.LEVELS["quick"] = sampling.Settings((3,), 8, 8, 8, ())
CERTIFIED_LEVELS["quick"] = CertifiedSettings((2,), problems=1, most_steps=20)
plan.search_tabular = lambda *_, **__: []
sys.argv = ["flatscape", "verify", "{id}", "--workers", "1", "--no-language-model"]
from flatscape.cli import main
main()
"""


@pytest.mark.parametrize(
    ("id", "edit"),
    [
        ("prop4", "from theory import bounds; bounds.PROPOSITION_4_KL_DIVISOR = 4.0"),
        ("s-prop4", HYPOTHESES_REPLACED.format(id="s-prop4", hypotheses=f"(*whole.hypotheses[:-1], {LARGER_LOSS})")),
        ("s-thm5-fast", HYPOTHESES_REPLACED.format(id="s-thm5-fast", hypotheses="whole.hypotheses[1:]")),
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
