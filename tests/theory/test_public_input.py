"""Every public function of `theory` refuses, by name, what it cannot compute with."""

from __future__ import annotations

import copy
import inspect
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory
from tests.theory.public_cases import CASES, good_call
from theory.errors import InvalidInputError
from theory.policies import TabularPerPrefixPolicy
from theory.policies.policy import output_log_probabilities

BAD = {
    "none": None,
    "text": "0.5",
    "text in a list": ["a", "b"],
    "ragged": [[1.0, 2.0], [3.0]],
    "complex": np.array([[0.5 + 1j, 0.5]]),
    "objects": np.array([object(), 0.5], dtype=object),
    "masked": np.ma.masked_array([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]], mask=np.array([[0, 0, 1], [0, 0, 0]], bool)),
    "empty": [],
    "shape": np.full((7, 5, 4), 0.25),
    "nan": np.nan,
    "infinity": np.inf,
    "negative": -1.0,
}
"""The last three are put into one place of a good value."""

# Names of arguments for which infinity, or a negative number, has a meaning (theory.arguments.names says which).
INFINITE = {
    "increase",
    "rise",
    "room",
    "variance",
    "mean_square",
    "initial_variance",
    "share",
    "margin",
    "largest_reward",
    "sharing_reward",
    "sharing_outputs",
    "inverse_reward_range",
    "reward_range",
    "epsilon",
    "log_inverse",
    "set_size",
    "size",
    "remaining",
    "shortfall",
    "span",
    "loss",
    "group_size",
    "elapsed",
    "prompts",
    "rate",
    "jacobian",
    "contrast",
    "fisher_norm",
    "length",
    "constant",
    "tolerance",
    "largest",
    "products",
    "horizon",
}
NEGATIVE = {
    "logits",
    "values",
    "first",
    "second",
    "reward",
    "proxy_reward",
    "ground_truth_reward",
    "regularized_reward",
    "factors",
    "initial_truth",
    "best_truth",
    "share",
    "margin",
    "largest_reward",
    "sharing_reward",
    "smallest_log_probability",
    "remaining",
    "span",
    "loss",
    "clock",
    "height",
    "log_policy",
    "log_reference",
    "parameters",
    "velocity",
    "vector",
    "tree",
    "grams",
    "prompt_weights",
    "ritz",
    "lengths",
    "features",
    "ranks",
    "slow_ranks",
    "fast_ranks",
    "initial_logits",
}
# Functions that take an argument of this name more widely or more narrowly than its name says.
ONLY_FINITE = {
    "theory.constructions.theorem5.theorem5_slow_rewards",
    "theory.constructions.theorem5.theorem5_teachers_from_ranks",
    "theory.constructions.theorem5.theorem5_teachers",
    "theory.constructions.theorem6.theorem6_policies",
    "theory.tabular.problem.make_problem",
    "theory.tabular.problem_record.problem_to_record",
    "theory.tabular.exact_solutions.one_against_equals_time",
    "theory.bounds.standardised_updates.expected_update_size",
    "theory.policies.contexts.enumerate_contexts",
    "theory.policies.contexts.check_enumerable",
    "theory.policies.log_linear.log_linear_policy",
}
NOT_NUMBERS = {
    "contexts": "made by enumerate_contexts",
    "strictly": "a flag",
    "exact": "a flag",
}
ANY_SHAPE = {"tree", "probability", "gap", "initial_probability", "final_probability"}
"""Arguments that may be an array of any shape."""
FITS = {
    # A stack of any shape is another batch, where the argument is the only one that has a shape.
    ("theory.constructions.theorem6.theorem6_reward", "rewarded_output"),
}


def spoilt(kind: str, good):
    """The good value with one bad thing in it; None where that cannot be done."""
    if kind not in ("nan", "infinity", "negative"):
        return BAD[kind]
    if isinstance(good, dict):
        return None
    if isinstance(good, np.ndarray) and good.dtype.kind in "fiu":
        changed = np.array(good, float)
        changed.flat[0] = BAD[kind]
        return changed
    return BAD[kind]


def documented(name: str, argument: str, kind: str) -> bool:
    function = CASES[name]
    parameter = inspect.signature(function).parameters[argument]
    if argument in NOT_NUMBERS:
        return True
    if kind == "none":
        return parameter.default is None
    if kind == "infinity":
        return argument in INFINITE and name not in ONLY_FINITE
    if kind == "negative":
        of_theorem = argument == "increase" and name.startswith("theory.tabular.problem_record")
        return argument in NEGATIVE and not of_theorem and not unlikely(name, argument)
    if kind == "ragged" and (argument == "tree" or (name, argument) == OF_ANY_TREE):
        return True  # a pytree of three numbers
    if kind == "shape":
        return argument in ANY_SHAPE or (name, argument) in FITS or only_number_with_a_shape(name, argument)
    return False


def unlikely(name: str, argument: str) -> bool:
    """Log-probabilities are negative, but with this one changed they do not sum to one."""
    return argument in ("log_policy", "log_reference") and not name.endswith(".lemma_4_sides")


def only_number_with_a_shape(name: str, argument: str) -> bool:
    call = good_call(name, CASES[name])
    return not any(np.ndim(value) for other, value in call.items() if other != argument)


PLACES = [(name, argument) for name in CASES for argument in good_call(name, CASES[name])]


@pytest.mark.parametrize(("name", "argument"), PLACES)
def test_bad_arguments_are_named(name, argument):
    good = good_call(name, CASES[name])
    for kind in BAD:
        bad = spoilt(kind, good[argument])
        error = refusal(name, good | {argument: bad})
        expected = documented(name, argument, kind)
        assert error is not None or expected, f"{kind}: {bad!r} was taken"
        # A number in range may leave no room for its fellows, and a shape may be theirs that does not fit.
        named = error is None or argument in error.argument or error.argument == ALIASES.get(argument)
        assert named or kind in ("shape", "negative"), f"{kind}: {error}"


OF_ANY_TREE = ("theory.parameter_space.matrix_free_norms.estimate_squared_norm", "parameters")
ALIASES = {"record": "problem", "id": "statement"}
"""What a person knows an argument by."""


def refusal(name: str, call: dict) -> InvalidInputError | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            CASES[name](**copy.deepcopy(call))
        except InvalidInputError as error:
            return error
    return None


def test_lists_booleans_and_short_floats_are_numbers():
    policy, right = [0.25, 0.25, 0.5], [True, False, True]
    assert float(theory.expectation(policy, right)) == 0.75
    for given in (np.array(right), jnp.array(right), [np.True_, np.False_, np.True_], [1, 0, 1]):
        assert float(theory.expectation(policy, given)) == 0.75
        problem = theory.make_problem(
            initial_probabilities=jnp.array(policy, jnp.bfloat16), proxy_reward=given, ground_truth_reward=given
        )
        assert problem.proxy_reward.tolist() == [1.0, 0.0, 1.0]
    assert float(theory.pair_accuracy(right, right)) == theory.uniform_accuracy(right, right) == 1.0
    short = jnp.array([0.5, 0.5], jnp.bfloat16)
    assert theory.variance(short, short).dtype == jnp.bfloat16
    with pytest.raises(InvalidInputError, match=r"probabilities: got .*booleans"):
        theory.expectation([True, False], [0.0, 1.0])
    with pytest.raises(InvalidInputError, match="values: got"):
        theory.expectation([0.5, 0.5], [True, 0.5])


def test_masks_are_refused_where_they_hide_something():
    reward = np.ma.masked_array([0.1, 0.2], mask=[True, False])
    for call in (
        lambda: theory.variance([0.5, 0.5], reward),
        lambda: theory.variance([[0.5, 0.5]], [reward]),
        lambda: theory.uniform_accuracy(reward, [0, 1]),
    ):
        with pytest.raises(InvalidInputError, match=r"(values|proxy_reward): got an array with masked entries"):
            call()
    assert float(theory.expectation([0.5, 0.5], np.ma.masked_array([0.0, 1.0], mask=False))) == 0.5


@pytest.mark.parametrize("transformed", ["jit", "vmap", "grad"])
def test_inside_transformations_the_message_says_so(transformed):
    def function(reward):
        problem = theory.make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=reward, ground_truth_reward=[0, 1])
        return jnp.sum(problem.proxy_reward)

    given = jnp.ones((3, 2)) if transformed == "vmap" else jnp.ones(2)
    with pytest.raises(InvalidInputError, match=r"proxy_reward: .*tracing.*concrete.*jax\.jit, jax\.vmap or jax\.grad"):
        getattr(jax, transformed)(function)(given)


@pytest.mark.parametrize("samples", [-1, 0, 2.5, np.nan])
def test_samples_are_counted(samples):
    with pytest.raises(InvalidInputError, match="samples"):
        theory.best_of_n_policy([0.5, 0.5], [0, 1], samples)


def test_wrong_shapes_are_named_by_what_they_are():
    with pytest.raises(InvalidInputError, match=r"proxy_reward: got 1 output\(s\)"):
        theory.pair_accuracy([0.1], [0.2])
    with pytest.raises(InvalidInputError, match=r"values: got shape \(3,\).*probabilities, \(2,\)"):
        theory.variance([0.5, 0.5], [0, 1, 2])
    with pytest.raises(InvalidInputError, match=r"kl_coefficient: got shape \(3,\)"):
        theory.objective([[0.0, 1.0]], np.log([[0.5, 0.5]]), [[0, 1]], [0.1, 0.1, 0.1])
    with pytest.raises(InvalidInputError, match=r"probabilities: got a sum of 0.9"):
        theory.variance([0.5, 0.4], [0, 1])
    with pytest.raises(InvalidInputError, match="log_policy: got a sum of"):
        theory.kl_divergence([0.5, 0.4], np.log([0.5, 0.5]))


def test_parameters_of_another_form_are_refused():
    policy = TabularPerPrefixPolicy(2, 3, 1)
    with pytest.raises(InvalidInputError, match=r"parameters: got an array of shape \(1, 1, 3\)"):
        output_log_probabilities(policy, np.zeros((1, 1, 3)))
    with pytest.raises(InvalidInputError, match="parameters: got a dict"):
        output_log_probabilities(policy, {"a": np.zeros((2, 1, 3))})


def test_statements_are_named_by_ids():
    with pytest.raises(InvalidInputError, match="id: got None"):
        theory.find_statement(None)
    with pytest.raises(InvalidInputError, match=r"ids: got 'prop3'.*list of ids"):
        theory.select_statements("prop3")
    with pytest.raises(InvalidInputError, match="ids: got 3"):
        theory.select_statements([3])


def test_records_are_of_single_problems():
    problem = theory.make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[0, 1], ground_truth_reward=[0, 1])
    with pytest.raises(InvalidInputError, match=r"problem: got a batch of shape \(1,\)"):
        theory.problem_to_record(theory.stack_problems([problem]))
    with pytest.raises(InvalidInputError, match=r"problems: got 1 among them. Give what"):
        theory.stack_problems([1, 2])
    with pytest.raises(InvalidInputError, match="increase: got nan"):
        theory.problem_to_record(problem, np.nan)
