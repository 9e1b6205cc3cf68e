"""`flatscape simulate`: what it reads, what it refuses, and its answers against a closed form."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from flatscape.simulate import read_problems, simulate, simulate_problems
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
    read, increases, single = read_problems(path, None)
    assert not single
    return simulate_problems(read, increases, math.inf)


def test_mixed_sizes_keep_their_order(answers):
    assert [a["gamma"] for a in answers] == [0.3, 0.4, 1.5, 0.4, 0.3, 0.3, 0.4]
    assert [a["status"] for a in answers] == [
        "reached", "reached", "never", "never", "reached", "never", "reached",
    ]  # fmt: skip


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


def test_a_horizon_censors(tmp_path, capsys):
    simulate(write(tmp_path / "one.json", PAIR), as_json=True, horizon=0.1)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["t_gamma"], answer["status"], answer["stopped_at"]) == (None, "censored", pytest.approx(0.1))


def test_gamma_on_the_command_line_replaces_the_file_s(tmp_path):
    without = {k: v for k, v in PAIR.items() if k != "gamma"}
    assert read_problems(write(tmp_path / "p.json", without), 0.2)[1:] == ([0.2], True)
    assert read_problems(write(tmp_path / "p.json", [PAIR, without]), 0.2)[1:] == ([0.2, 0.2], False)
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
        (changed(proxy_reward=[True, False]), "proxy_reward: got"),
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
    ],
    ids=range(47),
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


def test_an_unreachable_gamma_is_never_and_at_once(answers, tmp_path, capsys):
    simulate(write(tmp_path / "far.json", PAIR | {"gamma": 1e6}), as_json=True)
    assert json.loads(capsys.readouterr().out)["status"] == "never"
