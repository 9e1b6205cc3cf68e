"""Enclosures of the largest eigenvalue: true on known spectra over many random starts, and honest when they give up."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mpmath import mp
from scipy.special import betainc

from theory.errors import InvalidInputError
from theory.parameter_space.lanczos_bounds import lanczos_polynomial_bound, starting_share, worst_case_bound
from theory.parameter_space.spectral_estimate import largest_eigenvalue

SIZE = 60

SPECTRA = {
    "geometric": 3.0 * 0.8 ** np.arange(SIZE),
    "top eigenvalue double": np.concatenate([[2.0, 2.0], np.linspace(0, 1, SIZE - 2)]),
    "clustered at the top": np.concatenate([2 - 1e-6 * np.arange(8), np.linspace(0, 1, SIZE - 8)]),
    "close below the top": np.linspace(0, 1, SIZE),
    "one above many equal": np.concatenate([[1.02], np.ones(SIZE - 1)]),
    "rank one": np.concatenate([[5.0], np.zeros(SIZE - 1)]),
    "all below one": 0.1 * 0.8 ** np.arange(SIZE),
    "large and small": np.concatenate([[1e9], 1e-9 * np.ones(SIZE - 1)]),
}


def with_spectrum(values, seed=0):
    """A dense symmetric matrix with those eigenvalues."""
    basis, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values), len(values))))
    return jnp.asarray((basis * values) @ basis.T)


def estimate(matrix, key, **options):
    """The matrix taken as an operator on plain vectors."""
    return largest_eigenvalue(lambda vector: matrix @ vector, matrix[0], key, **options)


@partial(jax.jit, static_argnames=("most_products", "failure_probability"))
def many(matrix, keys, tolerance=0.01, most_products=48, failure_probability=1e-6):
    """One estimate for each start."""
    options = {"most_products": most_products, "failure_probability": failure_probability}
    return jax.lax.map(lambda key: estimate(matrix, key, tolerance=tolerance, **options), keys)


STARTS = jax.random.split(jax.random.key(1), 200)


@pytest.mark.parametrize("name", SPECTRA)
def test_the_truth_is_enclosed_for_every_start(name):
    truth = SPECTRA[name].max()
    found = many(with_spectrum(SPECTRA[name]), STARTS)
    assert np.all(np.asarray(found.lower) <= truth * (1 + 1e-14))
    assert np.all(np.asarray(found.upper) >= truth * (1 - 1e-14))
    assert np.all(found.converged)
    assert np.all(np.asarray(found.upper) <= 1.01 * np.asarray(found.lower))


@pytest.mark.parametrize("name", SPECTRA)
def test_few_products_enclose_loosely_or_not_at_all(name):
    truth = SPECTRA[name].max()
    found = many(with_spectrum(SPECTRA[name]), STARTS, tolerance=1.0, most_products=9)
    assert np.all(np.asarray(found.lower) <= truth * (1 + 1e-14))
    assert np.all(np.asarray(found.upper) >= truth * (1 - 1e-14))
    assert np.all(np.isfinite(found.upper) == np.asarray(found.converged))


def test_giving_up_is_said_and_leaves_no_upper_bound():
    found = many(with_spectrum(np.linspace(0, 1, SIZE)), STARTS, tolerance=1e-3, most_products=9)
    assert not np.any(found.converged)
    assert np.all(np.asarray(found.upper) == np.inf)
    assert np.all(np.asarray(found.products) == 9)
    assert np.all((np.asarray(found.lower) > 0.5) & (np.asarray(found.lower) < 1))


def test_a_start_that_hides_the_top_is_caught_as_often_as_promised():
    """With one product the Rayleigh quotient of the start alone must do: the bound fails with probability `eta`."""
    spectrum = np.concatenate([[1.0], np.zeros(2)])
    wanted = 0.2
    starts = jax.random.split(jax.random.key(3), 4000)
    found = many(with_spectrum(spectrum), starts, tolerance=1e9, most_products=1, failure_probability=wanted)
    failed = np.mean(np.asarray(found.upper) < 1 - 1e-9)
    # Theta is b_1^2, and the worst case's bound is theta / delta^2, so that here it fails just when |b_1| < delta.
    delta = starting_share(wanted, 3)
    assert 0 < failed <= wanted
    assert failed <= betainc(0.5, 1.0, delta**2) + 0.03


@pytest.mark.parametrize("size", [1, 2, 3, 4, 10, 1000])
@pytest.mark.parametrize("probability", [0.9, 0.1, 1e-3])
def test_a_coordinate_of_a_random_direction_is_rarely_small(size, probability):
    """`b_1^2` has the distribution Beta(1/2, (n-1)/2)."""
    delta = starting_share(probability, size)
    assert 0 < delta < 1
    exact = betainc(0.5, (size - 1) / 2, delta**2) if size > 1 else 0.0
    assert exact <= probability


def test_bounds_against_high_precision():
    ritz, lengths, delta = np.array([0.3, 2.0, 1.1]), np.array([0.5, 0.25, 0.125]), 1e-7
    found = float(lanczos_polynomial_bound(ritz, lengths, np.ones(3, bool), delta))
    with mp.workdps(40):
        root = mp.findroot(lambda z: (z - 2) * (z - mp.mpf(1.1)) * (z - mp.mpf(0.3)) - mp.mpf("0.015625") / delta, 60)
        assert float(root) <= found <= float(root) * (1 + 1e-5)
        angle = mp.acosh(1 / mp.mpf(delta)) / 5
        assert float(worst_case_bound(2.0, 3, delta)) == pytest.approx(float(2 * mp.cosh(angle) ** 2))
    padded = lanczos_polynomial_bound(
        np.concatenate([ritz, [-9.0]]), np.append(lengths, 0.0), np.array([True] * 3 + [False]), delta
    )
    assert float(padded) == pytest.approx(found, rel=1e-12)


def test_the_worst_case_is_an_envelope_of_what_chebyshev_polynomials_can_hide():
    """A measure with mass `delta^2` at 1 and Chebyshev nodes below has its top Ritz value under, close to the bound."""
    products, delta = 4, 1e-3
    for top in (0.3, 0.6, 0.9):
        nodes = top * np.cos((2 * np.arange(40) + 1) * np.pi / 160) ** 2
        weights = np.append((1 - delta**2) * np.ones(40) / 40, delta**2)
        krylov = np.sqrt(weights)[:, None] * np.vander(np.append(nodes, 1.0), products, increasing=True)
        basis, _ = np.linalg.qr(krylov)
        theta = np.linalg.eigvalsh(basis.T @ (np.append(nodes, 1.0)[:, None] * basis))[-1]
        assert float(worst_case_bound(float(theta), products, delta)) >= 1


def test_nothing_at_all():
    with jax.debug_nans(True):
        found = many(jnp.zeros((SIZE, SIZE)), STARTS)
    for field in (found.lower, found.upper, found.residual):
        assert not np.any(field)
    assert np.all(found.converged)
    assert np.all(np.asarray(found.products) == 1)


def test_multiples_of_the_identity():
    for multiple in (2.5, 0.1):
        found = many(multiple * jnp.eye(SIZE), STARTS)
        np.testing.assert_allclose(found.lower, multiple, rtol=1e-13)
        np.testing.assert_allclose(found.upper, multiple, rtol=1e-6)
    # The first product already stays where it was, to rounding: nothing is left to be looked for.
    for matrix in (2.5 * jnp.eye(SIZE), with_spectrum(np.ones(SIZE))):
        assert np.all(np.asarray(many(matrix, STARTS).products) == 1)
    assert np.all(np.asarray(found.products) == 1)


def test_batches_of_operators_stop_each_when_it_may():
    spectra = ["rank one", "close below the top"]
    stacked = jnp.stack([with_spectrum(SPECTRA[name]) for name in spectra])
    batch = jax.jit(jax.vmap(lambda m, k: estimate(m, k, tolerance=1.0, most_products=9)))(stacked, STARTS[:2])
    for k, name in enumerate(spectra):
        alone = many(stacked[k], STARTS, tolerance=1.0, most_products=9)
        assert int(batch.products[k]) == int(alone.products[k]), name
        assert float(batch.upper[k]) == pytest.approx(float(alone.upper[k]), rel=1e-6)
    assert int(batch.products[0]) < int(batch.products[1])


def test_one_dimension():
    found = jax.jit(estimate)(jnp.asarray([[2.5]]), jax.random.key(4))
    assert found.converged
    assert float(found.lower) <= 2.5 <= float(found.upper) <= 2.5 * (1 + 1e-6)


def test_an_operator_that_returns_nan_never_converges():
    found = many(jnp.full((SIZE, SIZE), jnp.nan), STARTS, tolerance=1.0, most_products=9)
    assert not np.any(found.converged)
    assert np.all(np.asarray(found.upper) == np.inf)


@pytest.mark.parametrize("kinds", [("float64", "float32"), ("bfloat16", "bfloat16")])
def test_trees_and_other_precisions(kinds):
    first = jnp.linspace(1, 2, 12).reshape(3, 4).astype(kinds[0])
    second = jnp.asarray([4.0, 3.0, 0.5], kinds[1])

    def product(tree):
        assert (tree["a"].dtype, tree["b"].dtype) == (first.dtype, second.dtype)
        return {"a": first * tree["a"], "b": second * tree["b"]}

    found = jax.jit(lambda k: largest_eigenvalue(product, {"a": first, "b": second}, k, tolerance=0.1))(
        jax.random.key(6)
    )
    assert found.converged
    assert float(found.lower) <= 4 <= float(found.upper) <= 1.1 * float(found.lower)
    assert found.lower.dtype == jnp.result_type(*(jnp.promote_types(kind, "float32") for kind in kinds))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"failure_probability": 0.0}, "failure_probability: got 0.0"),
        ({"failure_probability": 1.0}, "failure_probability: got 1.0"),
        ({"most_products": 0}, "most_products: got 0"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InvalidInputError, match=message):
        estimate(jnp.eye(2), jax.random.key(0), **options)
