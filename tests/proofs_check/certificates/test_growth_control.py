"""S3+ and S3++ in balls: the code's numbers, a root that is certain, and none where there is none."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from flint import arb

from proofs_check.certificates.claim import agrees
from proofs_check.certificates.growth_control import root_of, scaled_time
from proofs_check.certificates.hitting_times import ball_claim
from proofs_check.enclosures.balls import working_precision
from theory.bounds import growth_control
from theory.tabular.problem import make_problem

IDS = ("s3-plus", "s3-plus-plus", "s3-linear")


@pytest.mark.parametrize("rise", [1e-9, 0.01, 0.5, 1.0, 3.0, 20.0])
def test_the_root(rise: float) -> None:
    with working_precision(256):
        root = root_of(arb(rise))
        assert root.is_finite()
        assert root.rad() < 1e-15 * root.mid()
        assert agrees(scaled_time(arb(rise)), float(growth_control.scaled_time(rise)))


def test_no_root() -> None:
    with working_precision(256):
        for rise in (arb("nan"), arb(0), arb(0, 1), arb("inf")):
            assert not root_of(rise).is_finite()


def test_balls_agree_with_the_code() -> None:
    rng = np.random.default_rng(3)
    with jax.enable_x64(True):
        for _ in range(20):
            outputs = int(rng.integers(2, 6))
            policy = rng.dirichlet(np.full(outputs, 0.5)) + 1e-6
            problem = make_problem(
                initial_probabilities=policy / policy.sum(),
                proxy_reward=rng.uniform(-1, 1, outputs),
                ground_truth_reward=rng.uniform(-1, 1, outputs),
                prompts=3.0,
            )
            for id in IDS:
                claim = ball_claim(id, problem, 0.1)
                assert agrees(claim.bound, claim.float_bound) or not claim.bound.is_finite()
                assert claim.hypotheses == {"reward-varies": True}


def test_a_target_that_is_never_reached_decides_nothing() -> None:
    with jax.enable_x64(True):
        problem = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[1, -1], ground_truth_reward=[1, -1])
        assert not ball_claim("s3-plus-plus", problem, 1.5).bound.is_finite()
