"""What an argument of a public function may be: the kinds of rules, and the checks that they are made of.

`theory.argument_names` has the rule of every name; `theory.precision.double_precision` applies them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import jax
import numpy as np

from theory.checks import as_float64, check_finite, check_reward, shown_number, shown_place
from theory.errors import InvalidInputError

ROUGHLY_NORMALISED = 1e-6
"""How far a distribution may sum from one: what a softmax in float32 leaves."""

ROUNDINGS = 8
"""The same in units of the precision that the numbers were given in, for what is shorter than float32."""

Check: TypeAlias = Callable[[str, np.ndarray, float], None]
"""Takes the argument's name, its numbers in float64, and the precision that they were given in."""


Shape: TypeAlias = Callable[[Mapping[str, Any]], "tuple[int | None, ...]"]


class Numbers(NamedTuple):
    """Real numbers. **Fields**: `check`; `per_output`, whether the last axis runs over the outputs (else there is one
    number per problem, or a single one); `booleans`, whether they stand for zero and one; `any_shape`, whether the
    function looks at the shape itself."""

    check: Check
    per_output: bool = False
    booleans: bool = False
    any_shape: bool = False


class Shaped(NamedTuple):
    """Real numbers in an array of a shape that other arguments tell. **Fields**: `check`; `shape`, given all arguments
    (None for an axis of any length); `or_last_axes`, how many last axes of that shape are enough, too; `booleans`,
    whether they stand for zero and one."""

    check: Check
    shape: Shape
    or_last_axes: tuple[int, ...] = ()
    booleans: bool = False


class Single(NamedTuple):
    """One number for all problems, given on as a Python float. **Fields**: `check`."""

    check: Check


class Whole(NamedTuple):
    """One whole number of at least `least`, given on as a Python int."""

    least: int


class Subset(NamedTuple):
    """A set of outputs, as booleans: the last axis runs over the outputs."""


class Indices(NamedTuple):
    """Whole numbers from zero to below a limit. **Fields**: `limit` and `shape`, given all arguments."""

    limit: Callable[[Mapping[str, Any]], float]
    shape: Shape


class Described(NamedTuple):
    """A policy, a problem or a pytree of arrays. **Fields**: `check`, given the name, the object, and all arguments."""

    check: Callable[[str, Any, Mapping[str, Any]], None]


class Untouched(NamedTuple):
    """Passed on as it is: random keys, functions."""


Rule: TypeAlias = Numbers | Shaped | Single | Whole | Subset | Indices | Described | Untouched


def _refuse(argument: str, array: np.ndarray, bad: np.ndarray | np.bool_, remedy: str) -> None:
    if bad.any():
        index = tuple(int(k) for k in np.argwhere(bad)[0])
        raise InvalidInputError(argument, f"{shown_number(array[index])} {shown_place(index)}", remedy)


def finite(argument: str, array: np.ndarray, precision: float) -> None:
    """**Raises** `InvalidInputError` for NaN and infinities."""
    check_finite(argument, array)


def reward_in_range(argument: str, array: np.ndarray, precision: float) -> None:
    """**Raises** `InvalidInputError` unless every reward is in [-1, 1]."""
    check_reward(argument, array)


def between(least: float, most: float, *, open_at_least: bool = False, infinite: bool = True) -> Check:
    """A check for numbers from `least` to `most`, both included (`least` not if `open_at_least`); never NaN.

    Without `infinite`, infinities are refused too.
    """
    low = f"greater than {shown_number(least)}" if open_at_least else f"at least {shown_number(least)}"
    limits = [low] * bool(least > -np.inf) + [f"at most {shown_number(most)}"] * bool(most < np.inf)
    remedy = f"Give numbers {' and '.join(limits)}." if limits else "Give numbers, not NaN."

    def check(argument: str, array: np.ndarray, precision: float) -> None:
        if not infinite:
            check_finite(argument, array)
        above = array > least if open_at_least else array >= least
        _refuse(argument, array, ~(above & (array <= most)), remedy)

    return check


def distribution(argument: str, array: np.ndarray, precision: float) -> None:
    """**Raises** `InvalidInputError` unless each row is nonnegative and sums to one, up to rounding."""
    check_finite(argument, array)
    _refuse(argument, array, array < 0, "Probabilities must not be negative.")
    _check_total(argument, np.asarray(array.sum(axis=-1)), precision, "Probabilities must sum to 1: normalise them.")


def positive_distribution(argument: str, array: np.ndarray, precision: float) -> None:
    """As `distribution`; no probability may vanish."""
    distribution(argument, array, precision)
    _refuse(argument, array, array == 0, "Every output needs a positive probability: remove those that cannot occur.")


def counts(argument: str, array: np.ndarray, precision: float) -> None:
    """**Raises** `InvalidInputError` unless all are whole numbers of at least one."""
    check_finite(argument, array)
    _refuse(argument, array, (array < 1) | (array != np.floor(array)), "Give whole numbers of at least 1.")


def log_distribution(argument: str, array: np.ndarray, precision: float) -> None:
    """The same of log-probabilities; minus infinity stands for probability zero."""
    _refuse(argument, array, np.isnan(array) | (array == np.inf), "Give log-probabilities: at most zero, never NaN.")
    with np.errstate(over="ignore"):
        total = np.asarray(np.exp(array).sum(axis=-1))
    # Rounding ln p moves p by p |ln p| precision, in all by at most the logarithm of the number of outputs.
    spread = precision * (1 + np.log(array.shape[-1]))
    _check_total(argument, total, spread, "Probabilities must sum to 1: give jax.nn.log_softmax of the logits.")


def _check_total(argument: str, total: np.ndarray, precision: float, remedy: str) -> None:
    off = np.asarray(np.abs(total - 1) > max(ROUGHLY_NORMALISED, ROUNDINGS * precision))
    if off.any():
        raise InvalidInputError(argument, f"a sum of {shown_number(np.asarray(total)[off].flat[0])}", remedy)


def is_policy(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for what is no `theory.policies.Policy`."""
    if not all(hasattr(value, name) for name in ("prompts", "vocabulary", "length", "context_logits")):
        raise InvalidInputError(
            argument, type(value).__name__, "Give a policy, such as theory.policies.TabularPerPrefixPolicy(1, 4, 1)."
        )


def is_policy_problem(argument: str, value: Any, given: Mapping[str, Any], *, single: bool = True) -> None:
    """**Raises** `InvalidInputError` for what is no `theory.PolicyProblem`, or with `single` for a batch."""
    # Imported here: policies have these rules themselves.
    from theory.policy_problem import check_policy_problem

    check_policy_problem(argument, value, single=single)


def of_kind(kind: type | tuple[type, ...], remedy: str) -> Described:
    """A rule for objects of a class."""

    def check(argument: str, value: Any, given: Mapping[str, Any]) -> None:
        if not isinstance(value, kind):
            raise InvalidInputError(argument, f"{value!r:.40}, a {type(value).__name__}", remedy)

    return Described(check)


def items_of_kind(kind: type, remedy: str) -> Described:
    """A rule for sequences of such objects, which are not empty."""

    def check(argument: str, value: Any, given: Mapping[str, Any]) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise InvalidInputError(argument, f"{value!r:.40}, a {type(value).__name__}", f"Give a list. {remedy}")
        if not len(value):
            raise InvalidInputError(argument, "an empty list", f"Give at least one. {remedy}")
        for item in value:
            if not isinstance(item, kind):
                raise InvalidInputError(argument, f"{item!r:.40} among them", remedy)

    return Described(check)


def is_tabular_problem(*, single: bool) -> Described:
    """A rule for what `theory.make_problem` makes, or with `single` for one that is no batch."""

    def check(argument: str, value: Any, given: Mapping[str, Any]) -> None:
        # Imported here: problems have these rules themselves.
        from theory.problem import check_problem

        check_problem(argument, value, single=single)

    return Described(check)


def is_function(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for what cannot be called."""
    if not callable(value):
        raise InvalidInputError(argument, f"a {type(value).__name__}", "Give a function.")


def are_contexts(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for what are no `theory.policies.Contexts`."""
    if not hasattr(value, "in_chain"):
        raise InvalidInputError(argument, f"a {type(value).__name__}", "Give what enumerate_contexts gives.")


def are_parameters(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for parameters of another form than the policy's, or that are not finite."""
    # Imported here: policies have these rules themselves.
    from theory.policies.parameter_check import check_parameters

    policy = given.get("policy", getattr(given.get("problem"), "policy", given.get("self")))
    check_parameters(policy, value, argument)


def numeric_leaves(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for a pytree without leaves, or with some that are not finite real numbers."""
    leaves = jax.tree.leaves(value)
    if not leaves:
        raise InvalidInputError(argument, type(value).__name__, "Give an array, or a pytree of arrays.")
    for leaf in leaves:
        check_finite(argument, as_float64(argument, leaf))


def is_key(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """**Raises** `InvalidInputError` for what is no single random key of JAX."""
    kind, shape = getattr(value, "dtype", None), np.shape(value) if hasattr(value, "dtype") else None
    typed = kind is not None and jax.dtypes.issubdtype(kind, jax.dtypes.prng_key) and shape == ()
    if not typed and not (kind == np.uint32 and shape == (2,)):
        raise InvalidInputError(argument, f"a {type(value).__name__}", "Give one random key: jax.random.key(0).")


def single(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of one number."""
    return ()


def one_axis(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of a list."""
    return (None,)


def one_per_prompt(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """One number for every prompt of the policy."""
    return (int(given["policy"].prompts),)


def one_per_output(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """One number for every prompt and output of the problem."""
    return tuple(np.shape(given["problem"].proxy_reward))


def one_per_sequence(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """One number for every row of `tokens`."""
    tokens = as_float64("tokens", given.get("tokens"))
    return tokens.shape[:1] if tokens.size and tokens.ndim else (None,)


def batch_of_problem(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of the stack of problems."""
    return tuple(_problem_of(given).batch_shape)


def rewards_of_problem(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The shape of the problems' own rewards."""
    return tuple(np.shape(_problem_of(given).proxy_reward))


def _problem_of(given: Mapping[str, Any]) -> Any:
    return given["problem"] if "problem" in given else given["problems"]


def tokens_of_sequences(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    """A row for every sequence, as long as the policy's outputs."""
    return (None, int(given["policy"].length))


def prompts_of(given: Mapping[str, Any]) -> float:
    """How many prompts the policy has."""
    return float(given["policy"].prompts)


def tokens_of(given: Mapping[str, Any]) -> float:
    """How many tokens the policy has."""
    return float(given["policy"].vocabulary)


def contexts_of(given: Mapping[str, Any]) -> float:
    """How many contexts the policy has."""
    policy = given["policy"]
    return float(policy.prompts * sum(policy.vocabulary**depth for depth in range(policy.length)))


def any_number(given: Mapping[str, Any]) -> float:
    """No limit that is known."""
    return float("inf")


def anything(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    """Refuses nothing: a record that a function of this package has made."""
