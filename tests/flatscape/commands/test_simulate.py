"""`flatscape simulate`: what it reads, what it refuses, and its answers against a closed form."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from flatscape.commands.simulate import simulate, simulate_problems
from flatscape.input.problem_file import read_problems
from theory.errors import InvalidInputError

PAIR = {
    "initial_probabilities": [0.5, 0.5],
    "proxy_reward": [1.0, -1.0],
    "ground_truth_reward": [1.0, -1.0],
    "gamma": 0.3,
}
TRIPLE = {
    "initial_logits": [0.0, 1.0, 2.0],
    "proxy_reward": [0.5, 0.0, -0.5],
    "ground_truth_reward": [1.0, 0.2, -1.0],
    "gamma": 0.4,
}


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLATSCAPE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def clock(p):
    """`G(p)`: with `dp/dt = (2/|S|) 2 p^2 (1-p)^2`, `4 t / |S| = G(p(t)) - G(p(0))`."""
    return 2 * math.log(p / (1 - p)) + (2 * p - 1) / (p * (1 - p))


def closed_form(start, gamma, prompts=1):
    """Two outputs of rewards +1 and -1: `E r = 2 p - 1` rises by gamma when `p` rises by half of it."""
    return prompts * (clock(start + gamma / 2) - clock(start)) / 4


def write(path, data):
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """One run on a list of mixed sizes."""
    problems = [
        PAIR,
        TRIPLE | {"kl_coefficient": 0.05},
        PAIR | {"initial_probabilities": [0.9, 0.1], "gamma": 1.5},
        TRIPLE | {"kl_coefficient": 5.0},
        PAIR | {"initial_probabilities": [1e-12, 1 - 1e-12], "prompts": 3},
        PAIR | {"proxy_reward": [0.3, 0.3]},
        TRIPLE | {"prompts": 2, "kl_coefficient": 0.05},
    ]
    path = write(tmp_path_factory.mktemp("simulate") / "list.json", problems)
    read, single = read_problems(path, None)
    assert not single
    return simulate_problems(read, math.inf)


def test_mixed_sizes_keep_their_order(answers):
    assert [a["gamma"] for a in answers] == [0.3, 0.4, 1.5, 0.4, 0.3, 0.3, 0.4]
    assert [a["status"] for a in answers] == [
        "reached",
        "reached",
        "never",
        "never",
        "reached",
        "never",
        "reached",
    ]


def test_against_the_closed_form(answers):
    assert answers[0]["t_gamma"] == pytest.approx(closed_form(0.5, 0.3), rel=1e-10)
    assert answers[4]["t_gamma"] == pytest.approx(closed_form(1e-12, 0.3, prompts=3), rel=1e-8)
    for answer in (answers[0], answers[4]):
        assert answer["error_estimate"] < 1e-8


def test_time_is_proportional_to_the_number_of_prompts(answers):
    assert answers[6]["t_gamma"] == pytest.approx(2 * answers[1]["t_gamma"], rel=1e-8)


def test_numbers_that_describe_the_problem(answers):
    assert answers[0]["reward_variance"] == 1.0
    assert answers[0]["accuracy"] == 1.0
    assert answers[5]["reward_variance"] == 0.0
    assert answers[5]["accuracy"] == 0.0
    policy = np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum()
    reward = np.array(TRIPLE["proxy_reward"])
    assert answers[1]["reward_variance"] == pytest.approx(np.sum(policy * (reward - policy @ reward) ** 2))


def test_bounds_bracket_the_time_where_their_hypotheses_hold(answers):
    for answer in answers:
        assert [b["statement"] for b in answer["bounds"]][:2] == ["prop3", "s3"]
        for bound in answer["bounds"]:
            assert bound["hypotheses_hold"] == (bound["failed_hypothesis"] is None)
            if answer["t_gamma"] is None or not bound["hypotheses_hold"]:
                continue
            assert bound["ratio"] == pytest.approx(answer["t_gamma"] / bound["value"])
            assert (bound["ratio"] >= 1) if bound["direction"] == "lower" else (bound["ratio"] <= 1)
    by_id = {b["statement"]: b for b in answers[0]["bounds"]}
    assert by_id["s3"]["value"] == pytest.approx(4 * (1 - math.exp(-0.15)))
    assert by_id["prop3"]["value"] == pytest.approx(2 * (1 - math.exp(-0.15)))
    assert by_id["thm6-fast"]["hypotheses_hold"]
    assert by_id["thm6-slow"]["failed_hypothesis"] == "two-good-outputs"
    assert by_id["thm5-slow"]["failed_hypothesis"] == "narrow-rewards"
    assert {b["failed_hypothesis"] for b in answers[5]["bounds"] if b["statement"] in ("prop3", "s3")} == {
        "reward-varies"
    }


def test_json_has_null_and_no_infinity(answers):
    again = json.loads(json.dumps(answers, allow_nan=False))
    assert again == answers
    never = again[2]
    assert (never["t_gamma"], never["error_estimate"], never["stopped_at"]) == (None, None, None)
    assert "proven" in never["message"]


def test_one_object_in_one_object_out(tmp_path, capsys):
    simulate(write(tmp_path / "one.json", PAIR), as_json=True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["t_gamma"] == pytest.approx(closed_form(0.5, 0.3), rel=1e-10)
    simulate(write(tmp_path / "list.json", [PAIR]), gamma=0.5, as_json=True)
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["gamma"] == 0.5
    assert answer["t_gamma"] == pytest.approx(closed_form(0.5, 0.5), rel=1e-10)


def test_tables_for_people(tmp_path, capsys):
    simulate(write(tmp_path / "one.json", PAIR))
    shown = capsys.readouterr().out
    assert f"t_gamma = {closed_form(0.5, 0.3):.9f}"[:16] in shown
    assert "reward variance 1" in shown
    for meaning in ("steps times learning rate", "pairs of outputs", "fail: narrow-rewards: that hypothesis"):
        assert meaning in " ".join(shown.split())


def test_a_horizon_censors(tmp_path, capsys):
    simulate(write(tmp_path / "one.json", PAIR), as_json=True, horizon=0.1)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["t_gamma"], answer["status"], answer["stopped_at"]) == (None, "censored", pytest.approx(0.1))


def test_an_unreachable_gamma_is_never_and_at_once(answers, tmp_path, capsys):
    simulate(write(tmp_path / "far.json", PAIR | {"gamma": 1e6}), as_json=True)
    assert json.loads(capsys.readouterr().out)["status"] == "never"


def test_rewards_too_close_for_float64_are_censored_and_said(tmp_path, capsys):
    close = PAIR | {"proxy_reward": [1e-310, -1e-310], "name": "close"}
    simulate(write(tmp_path / "close.json", close), as_json=True)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["name"], answer["t_gamma"], answer["status"]) == ("close", None, "censored")
    assert answer["stopped_at"] == np.finfo(np.float64).max
    assert "variance is below what float64 holds" in answer["notes"][0]


def test_comma_separated_values(tmp_path, capsys):
    problems = [PAIR | {"name": "=1+1"}, PAIR | {"gamma": 3}]
    path = tmp_path / "list.csv"
    simulate(write(tmp_path / "list.json", problems), csv_file=path, as_json=True)
    first, second = json.loads(capsys.readouterr().out)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [float(rows[0][key]) for key in ("t_gamma", "gamma")] == [first["t_gamma"], 0.3]
    assert (rows[0]["name"], rows[1]["name"]) == ("'=1+1", "")
    assert (rows[1]["t_gamma"], rows[1]["status"]) == ("", second["status"])
    for bound in first["bounds"]:
        assert (rows[0][bound["statement"]] != "") == bound["hypotheses_hold"]
    simulate(tmp_path / "list.json", csv_file=Path("-"))
    assert capsys.readouterr().out == path.read_text()
    with pytest.raises(InvalidInputError, match=r"--csv.*the file that is read"):
        simulate(tmp_path / "list.json", csv_file=tmp_path / "list.json")
    with pytest.raises(InvalidInputError, match=r"--csv.*together with --json"):
        simulate(tmp_path / "list.json", csv_file=Path("-"), as_json=True)
