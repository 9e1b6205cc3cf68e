"""The largest eigenvalue of a positive semidefinite operator of which only products are known, from both sides.

Lanczos' method with full reorthogonalisation from a random start. A Ritz value approaches the largest eigenvalue from
below; what makes it more than a guess is a bound from above that holds with a stated probability over the start (see
`theory.parameter_space.lanczos_bounds`). A small residual alone would not do: it only says that *some* eigenvalue is
near.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float

from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.parameter_space.lanczos_bounds import lanczos_polynomial_bound, starting_share, worst_case_bound

Vector: TypeAlias = Any
"""A pytree of float arrays, taken as one long vector."""

_FIRST_CHECK, _CHECK_EVERY = 8, 4
_FEW = 16
"""Up to as many products, only so many rows are looked at: most estimates need no more."""


class SpectralEstimate(NamedTuple):
    """What products tell of a largest eigenvalue.

    **Fields**

    - `lower`: at most the truth, for certain (the rounding that was seen is taken off).
    - `upper`: at least the truth, with the probability asked for; infinity where not `converged`.
    - `residual`: `|| A v - theta v ||` of the Ritz vector `v`; small does not mean that `theta` is the largest.
    - `converged`: whether the two bounds came as close as was asked for.
    - `products`: how many products that took.
    """

    lower: jax.Array
    upper: jax.Array
    residual: jax.Array
    converged: jax.Array
    products: jax.Array


class _Search(NamedTuple):
    basis: Vector
    diagonal: jax.Array
    lengths: jax.Array
    asymmetry: jax.Array
    estimate: SpectralEstimate


def largest_eigenvalue(
    product: Callable[[Vector], Vector],
    like: Vector,
    key: jax.Array,
    *,
    tolerance: Float[AnyArray, ""] | float = 0.01,
    failure_probability: float = 1e-6,
    most_products: int = 48,
) -> SpectralEstimate:
    """An enclosure of the largest eigenvalue of a symmetric positive semidefinite operator (traceable).

    Keeps up to `most_products` vectors, in float32 or better: of `B B^T` and `B^T B`, give the smaller.

    **Arguments**

    - `product`: `v -> A v`, linear, on pytrees like `like`.
    - `like`: arrays, or their shapes and dtypes.
    - `key`: of the random start; an estimate that is to fail independently of another needs a key of its own.
    - `tolerance`: stop when the upper bound exceeds the lower by this share of it.
    - `failure_probability`: at most how probable it is that `upper` is below the truth, whatever the operator.
    - `most_products`: give up after that many, and say so.

    **Raises** `InvalidInputError` for a failure probability outside (0, 1) or no products at all.
    """
    if not 0 < failure_probability < 1:
        raise InvalidInputError("failure_probability", failure_probability, "Give a number between 0 and 1.")
    if most_products < 1:
        raise InvalidInputError("most_products", most_products, "Give a whole number of at least 1.")
    size = sum(int(np.prod(np.shape(leaf))) for leaf in jax.tree.leaves(like))
    most = min(most_products, size)
    delta = starting_share(failure_probability, size)
    start = _random_unit_vector(like, key)

    def unfinished(search: _Search) -> jax.Array:
        found = search.estimate
        return ~found.converged & (found.products < most) & ~_exhausted(search)

    def step(search: _Search) -> _Search:
        done = search.estimate.products
        newest = jax.tree.map(lambda rows: rows[done], search.basis)
        grown, rest = _extend(search, _cast_like(product(_cast_like(newest, like)), start))
        length = grown.lengths[done]
        following = jax.tree.map(lambda leaf: leaf / jnp.where(length > 0, length, 1.0).astype(leaf.dtype), rest)
        basis = jax.tree.map(lambda rows, new: rows.at[done + 1].set(new, mode="drop"), search.basis, following)
        grown = grown._replace(basis=basis)
        regular = (done + 1 >= _FIRST_CHECK) & ((done + 1) % _CHECK_EVERY == 0)
        due = regular | (done + 1 == most) | _exhausted(grown)
        enclose = lambda rows: _enclose(grown, rows, delta, tolerance)  # noqa: E731
        enclosed = lax.cond(due, lambda: _with_enough_rows(enclose, done + 1, most), lambda: grown.estimate)
        return grown._replace(estimate=enclosed)

    kind = jnp.result_type(*jax.tree.leaves(start))
    zero, none = jnp.zeros((), kind), jnp.zeros(most, kind)
    basis = jax.tree.map(lambda leaf: jnp.zeros((most, *leaf.shape), leaf.dtype).at[0].set(leaf), start)
    nothing = SpectralEstimate(zero, zero + jnp.inf, zero + jnp.inf, jnp.zeros((), bool), jnp.zeros((), int))
    return lax.while_loop(unfinished, step, _Search(basis, none, none, zero, nothing)).estimate


def _extend(search: _Search, image: Vector) -> tuple[_Search, Vector]:
    """One more row of the tridiagonal matrix, and what of the image is orthogonal to the basis."""
    done = search.estimate.products
    most = search.diagonal.size
    along, rest = _with_enough_rows(lambda rows: _split(search.basis, image, rows), done + 1, most)
    # A symmetric operator gives back what was left over one step earlier, and nothing along vectors before that.
    previous = jnp.where(done > 0, search.lengths[done - 1], 0.0)
    off = along.at[done].set(0.0).at[done - 1].add(-previous)
    grown = search._replace(
        diagonal=search.diagonal.at[done].set(along[done]),
        lengths=search.lengths.at[done].set(_length(rest)),
        asymmetry=jnp.hypot(search.asymmetry, jnp.linalg.norm(off)),
        estimate=search.estimate._replace(products=done + 1),
    )
    return grown, rest


def _enclose(search: _Search, rows: int, delta: float, tolerance: AnyArray | float) -> SpectralEstimate:
    """Both bounds from the tridiagonal matrix, widened by the rounding seen."""
    count = search.estimate.products
    used = jnp.arange(rows) < count
    scale = _scale(search)
    inside = jnp.where(used[1:], search.lengths[: rows - 1], 0.0)
    # Rows not reached yet get an eigenvalue below all others, so that it is known which are theirs.
    diagonal = jnp.where(used, search.diagonal[:rows], -1 - scale)
    ritz, vectors = jnp.linalg.eigh(jnp.diag(diagonal) + jnp.diag(inside, 1) + jnp.diag(inside, -1))
    rounding = 2 * search.asymmetry + 16 * _precision(search) * scale
    # A length of zero to rounding may be anything as small.
    lengths = jnp.maximum(search.lengths[:rows], _precision(search) * scale + jnp.finfo(scale.dtype).tiny)
    # The Ritz values are the last `count`; the lengths the first.
    met = lanczos_polynomial_bound(ritz, jnp.roll(lengths, rows - count), jnp.arange(rows) >= rows - count, delta)
    upper = jnp.minimum(met, worst_case_bound(ritz[-1], count, delta)) + rounding
    lower = jnp.maximum(ritz[-1] - rounding, 0.0)
    # Nothing at all came back from a random vector.
    upper = jnp.where(scale > 0, upper, 0.0)
    converged = upper <= (1 + tolerance) * lower
    residual = search.lengths[count - 1] * jnp.abs(vectors[count - 1, -1])
    return SpectralEstimate(lower, jnp.where(converged, upper, jnp.inf), residual, converged, count)


def _exhausted(search: _Search) -> jax.Array:
    """Whether the last product stayed in the space spanned already."""
    count = search.estimate.products
    return (count > 0) & (search.lengths[count - 1] <= 4 * _precision(search) * _scale(search))


def _scale(search: _Search) -> jax.Array:
    return jnp.maximum(jnp.max(jnp.abs(search.diagonal)), jnp.max(search.lengths))


def _precision(search: _Search) -> float:
    return float(jnp.finfo(search.diagonal.dtype).eps)


def _random_unit_vector(like: Vector, key: jax.Array) -> Vector:
    leaves, structure = jax.tree.flatten(like)
    kinds = [jnp.promote_types(leaf.dtype, jnp.float32) for leaf in leaves]
    keys = jax.random.split(key, len(leaves))
    drawn = [jax.random.normal(k, leaf.shape, kind) for k, leaf, kind in zip(keys, leaves, kinds, strict=True)]
    length = jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in drawn))
    return jax.tree.unflatten(structure, [leaf / length.astype(leaf.dtype) for leaf in drawn])


def _cast_like(tree: Vector, like: Vector) -> Vector:
    return jax.tree.map(lambda leaf, other: jnp.asarray(leaf, other.dtype), tree, like)


def _with_enough_rows(compute: Callable[[int], Any], needed: jax.Array, most: int) -> Any:
    """`compute(rows)` with at least the rows needed."""
    if most <= _FEW:
        return compute(most)
    return lax.cond(needed <= _FEW, lambda: compute(_FEW), lambda: compute(most))


def _split(basis: Vector, vector: Vector, rows: int) -> tuple[jax.Array, Vector]:
    """The components along the first rows of the basis, zeros for the others, and what is orthogonal to them."""
    first = jax.tree.map(lambda leaf: leaf[:rows], basis)
    along = _components(first, vector)
    rest = _without(vector, along, first)
    # Once is not enough: rounding leaves components as large as the cancellation.
    again = _components(first, rest)
    most = jax.tree.leaves(basis)[0].shape[0]
    return jnp.pad(along + again, (0, most - rows)), _without(rest, again, first)


def _components(basis: Vector, vector: Vector) -> jax.Array:
    products = jax.tree.map(lambda rows, leaf: jnp.tensordot(rows, leaf, leaf.ndim), basis, vector)
    return jnp.sum(jnp.stack(jax.tree.leaves(products)), axis=0)


def _without(vector: Vector, components: jax.Array, basis: Vector) -> Vector:
    return jax.tree.map(lambda leaf, rows: leaf - jnp.tensordot(components.astype(leaf.dtype), rows, 1), vector, basis)


def _length(vector: Vector) -> jax.Array:
    return jnp.sqrt(jnp.sum(jnp.stack([jnp.sum(leaf**2) for leaf in jax.tree.leaves(vector)])))
