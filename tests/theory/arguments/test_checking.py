"""Arguments checked by their rules: what the function is given, and which arrays have to fit each other."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from theory.arguments.checking import Arguments, checked_arguments, checked_input, shapes_of_batch
from theory.arguments.number_rules import between, finite
from theory.arguments.rules import Indices, Numbers, Shaped, Single, Subset, Untouched, Whole
from theory.bounds.good_set import describe_good_set
from theory.bounds.lemmas import log_mass
from theory.errors import InvalidInputError

POLICY = np.array([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]])
MEMBERS = np.array([[True, False, True], [False, True, False]])


@pytest.mark.parametrize("given", [MEMBERS, MEMBERS.tolist(), jnp.asarray(MEMBERS), MEMBERS.astype(int)])
def test_a_set_is_of_its_members(given):
    """Not of the others: the mass is what its own members have, in whichever form they are named."""
    np.testing.assert_allclose(log_mass(np.log(POLICY), given), np.log([0.7, 0.6]), rtol=1e-15)
    np.testing.assert_array_equal(checked_arguments({"subset": given}, {"subset": Subset()})["subset"], MEMBERS)


@pytest.mark.parametrize("members", [MEMBERS[0], MEMBERS[:1], MEMBERS[:, :2], np.stack([MEMBERS] * 3)])
def test_a_set_is_one_of_the_outputs_of_every_problem(members):
    with pytest.raises(InvalidInputError, match=r"^subset: got shape .*shape of log_policy, \(2, 3\)"):
        log_mass(np.log(POLICY), members)


def test_a_set_is_named_by_zeros_and_ones():
    for bad in (0.5 * MEMBERS, MEMBERS - 1.0, 2 * MEMBERS):
        with pytest.raises(InvalidInputError, match="subset: got numbers that are neither 0 nor 1"):
            log_mass(np.log(POLICY), bad)


def test_one_number_serves_all_problems_and_others_are_one_per_problem():
    rewards = np.array([[1.0, 0.5, 0.9]] * 2)
    one = describe_good_set(POLICY, rewards, rewards, 0.1, MEMBERS)
    each = describe_good_set(POLICY, rewards, rewards, [0.1, 0.1], MEMBERS)
    np.testing.assert_array_equal(one.margin, each.margin)
    for bad in ([0.1], [0.1] * 3, [[0.1], [0.1]]):
        with pytest.raises(InvalidInputError, match=r"^increase: got shape .*batch \(2,\)"):
            describe_good_set(POLICY, rewards, rewards, bad, MEMBERS)
    rules = {name: Numbers(finite, per_output=name < "c") for name in "abcd"}
    shapes = shapes_of_batch(dict(zip("abcd", (POLICY, POLICY, np.zeros(2), np.zeros(())), strict=True)), rules)
    assert shapes == {"a": (2, 3), "b": (2, 3), "c": (2,), "d": (2,)}
    # Without outputs the first array says how many problems there are; of single numbers there is one problem.
    rules = {name: Numbers(finite) for name in "ab"}
    assert shapes_of_batch({"a": np.zeros(()), "b": np.zeros((4, 2))}, rules) == {"a": (4, 2), "b": (4, 2)}
    assert shapes_of_batch({"a": np.zeros(()), "b": np.zeros(())}, rules) == {"a": (), "b": ()}
    with pytest.raises(InvalidInputError, match=r"^b: got shape \(4, 2\).*batch \(3,\)"):
        shapes_of_batch({"a": np.zeros(3), "b": np.zeros((4, 2))}, rules)
    # An array whose shape is the function's own affair fits everything.
    rules = {"a": Numbers(finite), "b": Numbers(finite, any_shape=True)}
    assert shapes_of_batch({"a": np.zeros(3), "b": np.zeros((4, 2))}, rules) == {"a": (3,)}


@pytest.mark.parametrize(
    ("shape", "message"),
    [((), "a single number"), ((2, 1), r"1 output\(s\)"), ((2, 0), r"0 output\(s\)"), ((0, 2), r"an empty array")],
)
def test_there_are_outputs_to_choose_from(shape, message):
    for rule in (Numbers(finite, per_output=True), Subset()):
        with pytest.raises(InvalidInputError, match=rf"^x: got {message}"):
            checked_arguments({"x": np.zeros(shape)}, {"x": rule})
        assert checked_arguments({"x": np.zeros((1, 2))}, {"x": rule})["x"].shape == (1, 2)


def test_an_empty_array_is_no_number():
    with pytest.raises(InvalidInputError, match=r"^x: got an empty array of shape \(0, 2\)"):
        checked_arguments({"x": np.zeros((0, 2))}, {"x": Numbers(finite)})
    assert checked_arguments({"x": 2}, {"x": Numbers(finite)})["x"] == 2


def test_shapes_that_other_arguments_tell():
    rule = Shaped(finite, lambda given: (given["count"], None))
    checked = lambda x, rule=rule: checked_arguments({"count": 3, "x": x}, {"x": rule})["x"]  # noqa: E731
    for width in (1, 4):
        assert checked(np.ones((3, width))).shape == (3, width)
    for shape in ((), (3,), (2, 3), (3, 0), (3, 1, 1)):
        with pytest.raises(InvalidInputError, match=r"^x: got shape .*Give shape \(3, any\)\.$"):
            checked(np.ones(shape))
    with pytest.raises(InvalidInputError, match=r"^x: got inf at index \[0, 0\]"):
        checked(np.full((3, 1), np.inf))
    with pytest.raises(InvalidInputError, match=r"^x: got"):
        checked([[True]] * 3)
    assert checked([[True]] * 3, rule._replace(booleans=True)).tolist() == [[1.0]] * 3
    # The last axes alone may be enough.
    shorter = rule._replace(or_last_axes=(0, 1))
    for shape in ((3, 2), (5,), ()):
        assert checked(np.ones(shape), shorter).shape == shape
    with pytest.raises(InvalidInputError, match=r"Give shape \(3, any\) or shape \(any\) or one number\.$"):
        checked(np.ones((1, 3, 2)), shorter)


def test_indices_are_whole_and_below_their_limit():
    rule = Indices(lambda given: 3.0, lambda given: (None,))
    checked = lambda x, rule=rule: checked_arguments({"x": x}, {"x": rule})["x"]  # noqa: E731
    found = checked([0, 2.0])
    assert (found.dtype, found.tolist()) == (np.int64, [0, 2])
    for bad in (-1, 3, 0.5, np.nan, np.inf):
        with pytest.raises(InvalidInputError, match=rf"^x: got {bad}\. Give whole numbers from 0 to 2\.$"):
            checked([0, bad])
    unlimited = rule._replace(limit=lambda given: np.inf)
    assert checked([10**9], unlimited).tolist() == [10**9]
    for bad in (-1, np.inf):
        with pytest.raises(InvalidInputError, match=r"Give whole numbers from 0 on\.$"):
            checked([bad], unlimited)
    with pytest.raises(InvalidInputError, match=r"^x: got shape \(1, 1\)"):
        checked([[0]])


def test_a_function_on_the_host_is_given_floats_for_single_numbers_and_arrays_otherwise():
    @checked_input(a=Numbers(finite), b=Numbers(finite), one=Single(finite), whole=Whole(1), other=Untouched())
    def echo(a, b, one=None, *, whole=2, other=None, free="free"):
        return a, b, one, whole, other, free

    a, b, one, whole, other, free = echo([1, 2], 3, 4, whole=5.0, other="text")
    assert (a.dtype, a.tolist()) == (np.float64, [1.0, 2.0])
    assert [type(x) for x in (b, one, whole)] == [float, float, int]
    assert (b, one, whole, other, free) == (3.0, 4.0, 5, "text", "free")
    # None stands for what is left out where that is the default, and nowhere else.
    assert echo(1, 2, None)[2] is None
    for bad in ({"a": None, "b": 1}, {"a": 1, "b": 1, "whole": None}):
        with pytest.raises(InvalidInputError, match="got None"):
            echo(**bad)
    with pytest.raises(InvalidInputError, match=r"^one: got nan"):
        echo(1, 2, np.nan)
    with pytest.raises(InvalidInputError, match=r"^b: got shape \(3,\)"):
        echo([1, 2], [1, 2, 3])


def test_what_is_known_of_a_functions_arguments():
    rule = Numbers(between(0.0, 1.0))
    found = Arguments.of(lambda a, b=None, c=0, d=None: None, {"a": rule, "b": rule, "d": Untouched(), "e": rule})
    assert found.names == ("a", "b", "c", "d")
    assert found.rules == {"a": rule, "b": rule}
    assert found.optional == {"b", "d"}
    assert found.given((1, 2), {"d": 3}) == {"a": 1, "b": 2, "d": 3}
    for args, kwargs in (((1, 2, 3, 4, 5), {}), ((1,), {"a": 2}), ((1,), {"e": 2})):
        assert found.given(args, kwargs) is None
    assert found.ruled({"a": None, "b": None, "c": None}) == {"a": rule}
    assert found.ruled({"b": 1}) == {"b": rule}
