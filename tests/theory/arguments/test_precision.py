"""Every public function of `theory` answers in float64 whatever JAX's default precision is."""

from __future__ import annotations

import copy
import inspect

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import theory
from tests.theory.public_cases import CASES, ELSEWHERE, good_call
from theory.arguments.names import ARGUMENT_RULES
from theory.arguments.precision import double_precision
from theory.arguments.rules import Numbers
from theory.bounds import lower_bounds
from theory.instances.tabular import HittingTimeInstance
from theory.parameter_space.jacobian_norms import norms_of_grams


def floats(result) -> list:
    leaves = jax.tree.leaves(result)
    return [leaf for leaf in leaves if jnp.issubdtype(getattr(leaf, "dtype", type(leaf)), np.floating)]


@pytest.mark.parametrize("name", CASES)
def test_the_same_answer_with_and_without_jax_double_precision(name):
    call = good_call(name, CASES[name])
    with jax.enable_x64(True):
        wide = CASES[name](**copy.deepcopy(call))
    with jax.enable_x64(False):
        narrow = CASES[name](**copy.deepcopy(call))
    for one, other in zip(floats(narrow), floats(wide), strict=True):
        assert np.asarray(one).dtype == np.float64
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-14, atol=1e-300)


def test_every_exported_function_has_a_case():
    exported = {
        f"{value.__module__}.{name}"
        for package in (theory, theory.policies)
        for name in package.__all__
        if callable(value := getattr(package, name)) and not isinstance(value, type)
    }
    assert exported
    assert exported <= set(CASES) | {f"{module}.{name}" for module in ELSEWHERE for name in theory.__all__}


def test_a_variance_that_float32_does_not_see():
    with jax.enable_x64(False):
        found = theory.variance(np.array([0.5, 0.5]), np.array([0.5, 0.5 + 1e-9]))
        of_lists = theory.variance([0.5, 0.5], [0.5, 0.5 + 1e-9])
        # NumPy keeps its type in what is computed next; an array of JAX would not.
        assert (2 * found).dtype == np.float64
    gap = mpmath.mpf(0.5 + 1e-9) - mpmath.mpf(0.5)
    assert float(found) == float(of_lists) == pytest.approx(float(gap**2 / 4), rel=1e-14)


def test_moments_against_numpy():
    policy, reward = np.array([0.2, 0.3, 0.5]), np.array([0.3, 0.3 + 1e-8, 0.3 - 2e-8])
    mean = policy @ reward
    with jax.enable_x64(False):
        np.testing.assert_allclose(theory.expectation(policy, reward), mean, rtol=1e-15)
        exactly = [mpmath.mpf(r) for r in reward]
        exact_mean = sum(p * r for p, r in zip(policy, exactly, strict=True))
        expected = float(sum(p * (r - exact_mean) ** 2 for p, r in zip(policy, exactly, strict=True)))
        np.testing.assert_allclose(theory.variance(policy, reward), expected, rtol=1e-14)
        np.testing.assert_allclose(lower_bounds.proposition_3(1.0, 1e-20, 1.0), 2e10 * -np.expm1(-0.5), rtol=1e-14)


# Those of accuracy that count pairs work on the host, in float64 always.
OF_NUMBERS = [
    name
    for name, function in CASES.items()
    if not name.startswith(("theory.accuracy.pairs.", "theory.statements.register."))
    and all(isinstance(ARGUMENT_RULES.get(argument), Numbers) for argument in good_call(name, function))
]


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_float32_given_on_purpose_stays(name):
    short = {argument: np.asarray(value, np.float32) for argument, value in good_call(name, CASES[name]).items()}
    for double in (False, True):
        with jax.enable_x64(double):
            for result in (CASES[name](**short), jax.jit(CASES[name])(**short)):
                assert {leaf.dtype for leaf in floats(result)} <= {np.dtype(np.float32)}


def test_there_are_functions_of_numbers():
    assert len(OF_NUMBERS) > 50


def test_inside_jit_the_precision_is_the_callers():
    policy, reward = np.array([0.5, 0.5]), np.array([0.5, 0.5 + 1e-9])
    with jax.enable_x64(False):
        assert jax.jit(theory.variance)(policy, reward).dtype == np.float32
        # Numbers that are known while tracing are computed with in float64, what they meet stays float32.
        assert jax.jit(lambda x: x * theory.variance(policy, reward))(np.float32(1)).dtype == np.float32
    assert jax.jit(theory.variance)(policy, reward).dtype == np.float64
    slope = jax.grad(lambda r: theory.variance(jnp.array([0.5, 0.5]), r))(jnp.array([0.0, 1.0]))
    np.testing.assert_allclose(slope, [-0.5, 0.5])


def test_mixed_types():
    short, long = np.array([0.5, 0.5], np.float32), np.array([0.5, 0.5 + 1e-9])
    with jax.enable_x64(False):
        assert theory.variance(short, long).dtype == np.float64
        # A single Python number takes the type of the arrays that it meets.
        gain = theory.kl_regularized_reward(np.log(short), np.log(short), short, 0.1)
        assert gain.dtype == np.float32
        assert theory.variance(short, [False, True]).dtype == np.float64
        assert theory.variance(short, np.array([False, True])).dtype == np.float32
        assert theory.variance(jnp.asarray(short, jnp.bfloat16), jnp.asarray(short, jnp.bfloat16)).dtype == jnp.bfloat16


def test_sides_and_hypotheses_of_statements():
    problem = theory.make_problem(
        initial_probabilities=[0.5, 0.5], proxy_reward=[0.5, 0.5 + 1e-9], ground_truth_reward=[0, 1]
    )
    instance = HittingTimeInstance(problem=problem, increase=np.asarray(0.1), hitting_time=np.asarray(1e12))
    s3 = theory.find_statement("s3")
    with jax.enable_x64(False):
        narrow, holds = s3.sides(instance), s3.applies(instance)
    np.testing.assert_allclose(narrow.smaller, 4 * -np.expm1(-0.05) / 0.5e-9, rtol=1e-7)
    assert np.asarray(narrow.smaller).dtype == np.float64
    assert bool(holds)
    # As of functions: the caller's precision where JAX is tracing, and float32 where it is given on purpose.
    short = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), instance)
    for double, kind in ((False, np.float32), (True, np.float64)):
        with jax.enable_x64(double):
            assert {leaf.dtype for leaf in floats(jax.jit(s3.sides)(instance))} == {np.dtype(kind)}
            for sides in (s3.sides(short), jax.jit(s3.sides)(short)):
                assert {leaf.dtype for leaf in floats(sides)} == {np.dtype(np.float32)}
                assert all(isinstance(leaf, jax.Array) for leaf in floats(sides))


def test_float32_of_a_shape_that_other_arguments_tell_stays():
    grams = np.array([np.eye(3) + 0.1, np.eye(3)])
    for double in (False, True):
        with jax.enable_x64(double):
            for kind in (np.float32, np.float64):
                found = norms_of_grams(grams.astype(kind), 2)
                assert {leaf.dtype for leaf in floats(found)} == {np.dtype(kind)}
                np.testing.assert_allclose(found.spectral, np.sqrt([1.3, 1.0]), rtol=4 * jnp.finfo(kind).eps)


def test_a_function_is_refused_where_an_argument_has_no_rule():
    with pytest.raises(TypeError, match="no rule for the argument nonsense"):
        double_precision()(lambda nonsense: nonsense)


def test_wrong_calls_are_pythons_own_errors():
    for call in (
        lambda: theory.variance([0.5, 0.5]),
        lambda: theory.variance([0.5, 0.5], [0, 1], [0, 1]),
        lambda: theory.variance([0.5, 0.5], values=[0, 1], nonsense=1),
        lambda: theory.variance([0.5, 0.5], probabilities=[0.5, 0.5], values=[0, 1]),
    ):
        with pytest.raises((TypeError, theory.InvalidInputError), match=r"argument|parameters"):
            call()


def test_docstrings_say_so():
    for name in OF_NUMBERS:
        assert "**Precision**" in (CASES[name].__doc__ or "")


def test_the_docstring_says_what_a_function_does_and_in_which_precision():
    assert inspect.cleandoc(theory.variance.__doc__).startswith(("`Var", "Variance", "Reward variance", "The variance"))
    assert "**Precision**" in theory.variance.__doc__


def test_arrays_are_of_jax_where_it_computes_in_double_precision():
    """What is given as lists or as arrays of NumPy is computed with in JAX's, and its results are JAX's own."""
    for call in (
        lambda number: theory.bounds.theorem_5_fast(number(0.6), number(0.2), number(1.0)),
        lambda number: theory.variance(number([0.5, 0.5]), number([0.0, 1.0])),
        lambda number: theory.kl_divergence(np.log([0.5, 0.5]), np.log([0.5, 0.5])),
    ):
        for number in (np.array, jnp.array, np.asarray):
            with jax.enable_x64(True):
                assert isinstance(call(number), jax.Array)
            with jax.enable_x64(False):
                assert isinstance(call(lambda x: np.array(x)), np.ndarray | np.float64)
