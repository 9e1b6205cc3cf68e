"""Rules of what is no number: what is taken and what is named."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from theory.arguments.object_rules import is_key, items_of_kind, numeric_leaves, of_kind
from theory.errors import InvalidInputError


@pytest.mark.parametrize("key", [jax.random.key(0), jax.random.PRNGKey(0), np.array([3, 4], np.uint32)])
def test_single_random_keys_of_either_kind(key):
    is_key("key", key, {})


@pytest.mark.parametrize(
    "value",
    [
        jax.random.split(jax.random.key(0), 2),
        jax.random.split(jax.random.PRNGKey(0), 2),
        np.array([3, 4]),
        np.array([3], np.uint32),
        np.zeros(3, np.uint32),
        np.float64(0.5),
        0,
        None,
    ],
    ids=repr,
)
def test_what_is_no_single_random_key(value):
    with pytest.raises(InvalidInputError, match=r"^key: got a .*jax\.random\.key"):
        is_key("key", value, {})


def test_objects_of_a_class_and_lists_of_them():
    of_kind((int, str), "Give either.").check("x", 3, {})
    with pytest.raises(InvalidInputError, match=r"^x: got 3\.0, a float\. Give either\."):
        of_kind((int, str), "Give either.").check("x", 3.0, {})
    several = items_of_kind(str, "Give text.")
    for good in (["a"], ("a", "b")):
        several.check("x", good, {})
    for bad, message in (("ab", "'ab', a str"), (3, "3, a int"), ([], "an empty batch"), (["a", 3], "3 among them")):
        with pytest.raises(InvalidInputError, match=rf"^x: got {message}.*Give text\."):
            several.check("x", bad, {})


def test_trees_have_finite_leaves():
    numeric_leaves("x", {"a": np.ones(2), "b": [1.0]}, {})
    for bad in ({}, [], None, {"a": np.ones(2), "b": np.nan}, ["text"]):
        with pytest.raises(InvalidInputError, match=r"^x: got"):
            numeric_leaves("x", bad, {})
