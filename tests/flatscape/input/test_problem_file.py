"""Problems from a file or standard input: what is read, what is refused, and in which words."""

from __future__ import annotations

import json
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from flatscape.commands.simulate import simulate
from flatscape.input.problem_file import read_problems
from theory.errors import InvalidInputError

PAIR = {
    "initial_probabilities": [0.5, 0.5],
    "proxy_reward": [1.0, -1.0],
    "ground_truth_reward": [1.0, -1.0],
    "gamma": 0.3,
}


def write(path, data):
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def test_gamma_on_the_command_line_replaces_the_file_s(tmp_path):
    without = {k: v for k, v in PAIR.items() if k != "gamma"}
    for given, single in ((without, True), ([PAIR, without], False)):
        found, alone = read_problems(write(tmp_path / "p.json", given), 0.2)
        assert ({problem.increase for problem in found}, alone) == ({0.2}, single)
    with pytest.raises(InvalidInputError, match=r"gamma: got nothing.*--gamma"):
        read_problems(write(tmp_path / "p.json", without), None)
    for bad in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InvalidInputError, match="--gamma: got"):
            read_problems(write(tmp_path / "p.json", PAIR), bad)
    with pytest.raises(InvalidInputError, match="horizon: got"):
        simulate(tmp_path / "p.json", horizon=math.nan)


def changed(**keys):
    return json.dumps(PAIR | keys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(proxy_reward=[1.5, 0]), r"proxy_reward: got 1\.5"),
        (changed(ground_truth_reward=[0, -1.0000001]), "ground_truth_reward: got -1.0000001"),
        (changed(proxy_reward=[math.nan, 0]), "proxy_reward: got nan"),
        (changed(proxy_reward=[math.inf, 0]), "proxy_reward: got inf"),
        (changed().replace("-1.0", "-1e400"), "proxy_reward: got -inf"),
        (changed(gamma=math.nan), "gamma: got nan"),
        (changed().replace("0.3", "1e400"), "gamma: got inf"),
        (changed(initial_probabilities=[0.5, 0.4]), "initial_probabilities: got a sum of"),
        (changed(initial_probabilities=[1.0, 0.0]), "initial_probabilities: got 0"),
        (changed(initial_probabilities=[1.1, -0.1]), "initial_probabilities: got -0.1"),
        (changed(initial_probabilities=[0.2, 0.3, 0.5]), "proxy_reward: got shape"),
        (changed(proxy_reward=[1]), "proxy_reward: got shape"),
        (changed(initial_probabilities=[1], proxy_reward=[1], ground_truth_reward=[1]), "at least two"),
        (changed(initial_probabilities=[], proxy_reward=[], ground_truth_reward=[]), "at least two"),
        (changed(gamma=0), "gamma: got 0"),
        (changed(gamma=-0.3), "gamma: got -0.3"),
        (changed(gamma=None), "gamma: got nothing"),
        (changed(kl_coefficient=-1), "kl_coefficient: got -1"),
        (changed(kl_coefficient=math.inf), "kl_coefficient: got inf"),
        (changed(prompts=0), "prompts: got 0"),
        (changed(prompts=1.5), "prompts: got 1.5"),
        ("[]", "FILE: got an empty list"),
        (changed(kl=1), "unknown key 'kl'"),
        (changed(initial_logits=[0, 0]), "got both"),
        (json.dumps({k: v for k, v in PAIR.items() if k != "initial_probabilities"}), "got neither"),
        (changed(proxy_reward=["1", "-1"]), "proxy_reward: got"),
        (changed(proxy_reward="high"), "proxy_reward: got 'high'"),
        (changed(proxy_reward=[True, -1.0]), "proxy_reward: got"),
        (changed(proxy_reward=[[1, -1]]), "proxy_reward: got shape"),
        (changed(proxy_reward=[[1], -1]), "proxy_reward: got"),
        (changed(proxy_reward={"good": 1}), "proxy_reward: got"),
        (changed(proxy_reward=[None, 1]), "proxy_reward: got"),
        (changed(gamma="0.3"), "gamma: got '0.3'"),
        (changed(gamma=True), "gamma: got True"),
        (changed(gamma=10**400), "gamma: got 1000"),
        (changed(prompts=10**30), "prompts: got 1000"),
        (changed().replace("0.3", "1" * 5000), "FILE: got .*not JSON"),
        (changed()[:-10], "FILE: got .*not JSON"),
        ("", "FILE: got .*not JSON"),
        ("null", "problem: got NoneType"),
        ("3", "problem: got int"),
        ("[3]", "problem 0: problem: got int"),
        ('"text"', "problem: got str"),
        ("[" * 100_000, "FILE: got .*not JSON"),
        (changed().replace("0.3", "[" * 300 + "]" * 300), "gamma: got"),
        (json.dumps([PAIR, PAIR | {"gamma": -1}]), "problem 1: gamma: got -1"),
        (changed()[:-1] + ', "gamma": 0.4}', "FILE: got the key 'gamma' twice"),
        (changed(**{"k" * 100_000: 1}), r"unknown key 'k+\.\.\.k+'"),
        (changed()[:-1] + f', "{"k" * 100_000}": 1, "{"k" * 100_000}": 1}}', "FILE: got the key 'k+.* twice"),
        (changed(gamma=5e-324), "gamma: got 5e-324.*lost digits"),
        (changed(gamma=1e-310), "gamma: got 1e-310.*lost digits"),
        (changed(name=3), "name: got 3"),
        (changed(name="two\nlines"), "name: got"),
        (changed(name="n" * 100_000), "name: got"),
        (changed(initial_probabilities=[0.5, 0.500002]), "initial_probabilities: got a sum of"),
    ],
)
def test_bad_input_is_named_in_one_short_line(text, message, tmp_path):
    with pytest.raises(InvalidInputError, match=message) as caught:
        read_problems(write(tmp_path / "bad.json", text), None)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("depth", range(900, 1000, 7))
def test_nesting_near_the_interpreter_s_limit(depth, tmp_path):
    text = changed().replace("0.3", "[" * depth + "1" + "]" * depth)
    with pytest.raises(InvalidInputError):
        read_problems(write(tmp_path / "deep.json", text), None)


def test_what_is_no_readable_file(tmp_path):
    with pytest.raises(InvalidInputError, match="no such file"):
        read_problems(tmp_path / "missing.json", None)
    with pytest.raises(InvalidInputError, match="folder"):
        read_problems(tmp_path, None)
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    with pytest.raises(InvalidInputError, match="not UTF-8"):
        read_problems(tmp_path / "binary", None)


def test_a_softmax_in_float32_is_renormalised_and_that_is_said(tmp_path):
    logits = np.random.default_rng(0).normal(size=50).astype(np.float32)
    policy = np.exp(logits) / np.exp(logits).sum(dtype=np.float32)
    rewards = np.linspace(-1, 1, 50).tolist()
    record = {"initial_probabilities": policy.tolist(), "proxy_reward": rewards, "ground_truth_reward": rewards}
    total = math.fsum(policy.tolist())
    assert abs(total - 1) > 1e-9
    ((given,), _) = read_problems(write(tmp_path / "float32.json", record), 0.1)
    assert f"sum to {total!r}" in given.notes[0]
    assert math.fsum(np.exp(given.problem.initial_log_probabilities)) == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(
        np.exp(given.problem.initial_log_probabilities), policy.astype(np.float64) / total, rtol=1e-13
    )
    ((given,), _) = read_problems(write(tmp_path / "float64.json", PAIR), None)
    assert (given.notes, given.name) == ((), "")


def test_a_byte_order_mark_and_a_name(tmp_path):
    (tmp_path / "bom.json").write_text(json.dumps(PAIR | {"name": "a näme"}), encoding="utf-8-sig")
    ((given,), single) = read_problems(tmp_path / "bom.json", None)
    assert (given.name, single) == ("a näme", True)


def test_standard_input(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with write(tmp_path / "p.json", [PAIR]).open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert len(read_problems(Path("-"), None)[0]) == 1
    with write(tmp_path / "p.json", "{").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        with pytest.raises(InvalidInputError, match=r"FILE: got standard input\. It is not JSON"):
            read_problems(Path("-"), None)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InvalidInputError, match=r"standard input\. It is closed"):
        read_problems(Path("-"), None)


def test_an_empty_name_is_called_so():
    with pytest.raises(InvalidInputError, match="FILE: got an empty name"):
        read_problems(Path(""), None)


@pytest.mark.parametrize("logits", [[1e308, -1e308], [-1e308, 1e308, 0], [1e308, 1e308]])
def test_no_warning_comes_before_the_error(logits, tmp_path):
    rewards = np.linspace(0, 1, len(logits)).tolist()
    record = {"initial_logits": logits, "proxy_reward": rewards, "ground_truth_reward": rewards, "gamma": 0.1}
    path = write(tmp_path / "far.json", record)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if logits[0] == logits[1]:
            read_problems(path, None)
        else:
            with pytest.raises(InvalidInputError, match="initial_logits: got an output of probability"):
                read_problems(path, None)


def test_correct_or_not_is_a_reward(tmp_path):
    (tmp_path / "p.json").write_text(changed(proxy_reward=[True, False]))
    (given,), _ = read_problems(tmp_path / "p.json", None)
    assert given.problem.proxy_reward.tolist() == [1.0, 0.0]
