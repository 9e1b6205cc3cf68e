"""The verdict in sentences: clear, undecided, tied, of one model, without a truth, and against other measures."""

from __future__ import annotations

import re

import numpy as np

from flatscape.audit.analysis.catalogue import described
from flatscape.audit.analysis.measured import Found
from flatscape.audit.analysis.rules import Ordering
from flatscape.audit.analysis.verdict import CANNOT_KNOW, MOST_SENTENCES, make_verdict
from theory.comparison.teachers import MeasuredTeachers
from theory.estimators.bootstrap import Interval, bootstrap_means

NAMES = ("x", "y", "z")


def ordering(columns, **fields):
    columns = np.asarray(columns, dtype=np.float64)
    found = bootstrap_means(columns, resamples=200)
    shown = tuple(f"{value:.3g}" for value in found.means)
    return Ordering("a rule", "teaches more than", shown, "truth", found.means, found.resampled, columns, **fields)


def measure(name, estimate):
    values = np.asarray(estimate, dtype=np.float64)
    apart = values[:, None] - values
    ends = Interval(values, values)
    return Found(described(name), MeasuredTeachers(name, values, ends, apart, Interval(apart, apart), apart))


def noise(prompts=40, seed=0):
    return np.random.default_rng(seed).normal(size=prompts)


def test_a_clear_case_names_the_better_one_with_its_probability():
    base = noise()
    verdict = make_verdict(NAMES[:2], ordering([base, base + 1 + 0.1 * noise(seed=1)]), 0.95)
    assert verdict.order == ("y", "x")
    first, sentence = verdict.sentences
    assert first == "Ordered by a rule."
    assert sentence.startswith("y teaches more than x: ")
    assert "95% interval" in sentence
    assert "ahead in 100.0% of the resamples of 40 prompts" in sentence


def test_an_undecided_case_names_nobody():
    difference = noise()
    difference += 0.2 - difference.mean()
    verdict = make_verdict(NAMES[:2], ordering([difference, np.zeros(40)]), 0.95)
    sentence = verdict.sentences[1]
    assert sentence.startswith("x and y: cannot tell: ")
    told = re.search(r"About ([\d,]+) more prompts would", sentence)
    assert told
    (pair,) = verdict.pairs
    assert pair.more_prompts is not None
    assert abs(int(told[1].replace(",", "")) - pair.more_prompts) <= 0.05 * pair.more_prompts


def test_a_tie_asks_for_no_prompts():
    verdict = make_verdict(NAMES[:2], ordering(np.zeros((2, 30))), 0.95)
    assert "cannot tell, and no reasonable number of prompts would" in verdict.sentences[1]


def test_one_model():
    verdict = make_verdict(("x",), ordering(noise()[None]), 0.95)
    assert (verdict.order, verdict.pairs) == (("x",), ())
    assert "only reward model" in verdict.sentences[1]


def test_without_a_truth_it_is_said_that_nobody_can_say():
    verdict = make_verdict(NAMES[:2], ordering([noise(), noise() + 1], of_teaching=False), 0.95)
    assert verdict.sentences[-1].startswith("Without a truth nobody can say")


def test_a_verdict_on_rescaled_rewards_says_so():
    one = ordering([noise(), noise() + 1])
    told = make_verdict(NAMES[:2], one, 0.95, rescaled=True).sentences
    assert [sentence for sentence in told if "--normalisation global" in sentence]
    assert not [sentence for sentence in make_verdict(NAMES[:2], one, 0.95).sentences if "rescaled" in sentence]


def test_factors_are_told_of_times():
    columns = np.stack([noise(), noise(seed=1)])
    times = np.log([[2.0, 4.0]] * 50)
    one = Ordering(
        "a rule", "is sooner than", ("2 steps", "4 steps"), "log", -times[0], -times, columns, are_means=False
    )
    verdict = make_verdict(NAMES[:2], one, 0.95)
    assert "x is sooner than y: 2 steps against 4 steps; faster by a factor of 2, 95% interval 2 to 2" in " ".join(
        verdict.sentences
    )


def test_what_is_never_reached_is_told_without_numbers_that_are_none():
    times = np.array([[2.0, np.inf]] * 50)
    one = Ordering(
        "a rule",
        "is sooner than",
        ("2 steps", "not within the budget"),
        "log",
        -np.log(times[0]),
        -np.log(times),
        np.stack([noise(), noise(seed=1)]),
        are_means=False,
    )
    verdict = make_verdict(NAMES[:2], one, 0.95)
    assert verdict.order == ("x", "y")
    assert verdict.sentences[1].startswith("x is sooner than y: 2 steps against not within the budget; ahead in 100.0%")
    assert "inf" not in verdict.sentences[1]


def test_measures_that_say_otherwise_are_told():
    base = noise()
    one = ordering([base, base + 1 + 0.1 * noise(seed=1)])
    against = [measure("reward variance", [2.0, 1.0]), measure("accuracy, strict, pooled", [0.9, 0.9])]
    told = make_verdict(NAMES[:2], one, 0.95, against).sentences[-1]
    assert told == (
        "Reward variance alone would name x and accuracy, strict, pooled alone would name x or y: the simulation does "
        "not agree, and has y first."
    )
    agreeing = make_verdict(NAMES[:2], one, 0.95, [measure("reward variance", [1.0, 2.0])]).sentences[-1]
    assert agreeing == "Reward variance alone would name y, as the simulation has it."
    undecided = make_verdict(NAMES[:2], ordering(np.zeros((2, 30))), 0.95, against).sentences[-1]
    assert undecided.endswith("it cannot tell.")


def test_many_models_are_told_by_neighbours():
    names = tuple(f"m{k}" for k in range(10))
    columns = np.arange(10.0)[:, None] + 0.1 * np.random.default_rng(0).normal(size=(10, 20))
    verdict = make_verdict(names, ordering(columns), 0.95)
    assert verdict.order == names[::-1]
    assert len(verdict.pairs) == 45
    assert sum("teaches more than" in sentence for sentence in verdict.sentences) == MOST_SENTENCES
    assert any("Each pair is judged by itself" in sentence for sentence in verdict.sentences)


def test_what_cannot_be_known_is_about_prompts_and_completions():
    told = " ".join(CANNOT_KNOW)
    assert "from one prompt" in told
    assert "not among the completions given" in told
