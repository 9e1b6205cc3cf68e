"""A statement that can be checked: hypotheses, two sides, and a corrupted twin that must be refuted."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import jax.numpy as jnp

from theory.arguments.precision import computed_in_double
from theory.arrays import AnyArray, Scalars
from theory.instances.parametric import (
    ParametricHittingTimeInstance,
    ParametricInstance,
    ParametricPathInstance,
    ParametricPolicyInstance,
)
from theory.instances.runs import GroupsInstance, RunInstance
from theory.instances.sampled_groups import (
    DrawnGroupInstance,
    GroupInstance,
    ScoredGroupInstance,
    ScoredPromptsInstance,
)
from theory.instances.tabular import (
    BestOfNInstance,
    HittingTimeInstance,
    PathInstance,
    PolicyInstance,
    ReferenceInstance,
    TabularInstance,
)

InstanceT = TypeVar("InstanceT", bound=TabularInstance | ParametricInstance | GroupInstance, contravariant=True)
"""The kind of instance that a statement speaks about; `Subject` tells which."""


class Subject(enum.Enum):
    """What a statement speaks about, hence what kind of instance it takes."""

    HITTING_TIME = "hitting time"
    POLICY = "policy"
    PATH = "path"
    BEST_OF_N = "best of N"
    RUN = "training in steps"
    GROUP_TRAINING = "training on groups"
    PARAMETRIC_POLICY = "parametric policy"
    PARAMETRIC_PATH = "parametric path"
    PARAMETRIC_HITTING_TIME = "parametric hitting time"
    GROUP = "group of samples"
    PROMPTS = "groups of several prompts"
    DRAWS = "draws from policies"
    FUNCTION = "function of time"
    REFERENCE = "hitting time with another reference"

    @property
    def parametric(self) -> bool:
        """Whether instances are `ParametricInstance`s: policies of any kind, in parameter space."""
        return self in (Subject.PARAMETRIC_POLICY, Subject.PARAMETRIC_PATH, Subject.PARAMETRIC_HITTING_TIME)

    @property
    def tabular(self) -> bool:
        """Whether instances are `TabularInstance`s: problems over listed outputs."""
        return self in (
            Subject.HITTING_TIME,
            Subject.POLICY,
            Subject.PATH,
            Subject.BEST_OF_N,
            Subject.RUN,
            Subject.GROUP_TRAINING,
            Subject.REFERENCE,
        )

    @property
    def grouped(self) -> bool:
        """Whether instances are `GroupInstance`s: sampled completions, or what they are drawn from."""
        return self in (Subject.GROUP, Subject.PROMPTS, Subject.DRAWS)

    @property
    def instance(self) -> type[TabularInstance] | type[ParametricInstance] | type[GroupInstance]:
        """The kind of instance that statements take. **Raises** `KeyError` for those about functions of time."""
        return _INSTANCES[self]

    @property
    def sampled(self) -> bool:
        """Whether statements have instances that can be tried: all but those about functions of time."""
        return self is not Subject.FUNCTION

    @property
    def timed(self) -> bool:
        """Whether statements compare a bound with `t_gamma`."""
        return self in (Subject.HITTING_TIME, Subject.PARAMETRIC_HITTING_TIME, Subject.REFERENCE)


_INSTANCES: dict[Subject, type[TabularInstance] | type[ParametricInstance] | type[GroupInstance]] = {
    Subject.HITTING_TIME: HittingTimeInstance,
    Subject.POLICY: PolicyInstance,
    Subject.PATH: PathInstance,
    Subject.BEST_OF_N: BestOfNInstance,
    Subject.RUN: RunInstance,
    Subject.GROUP_TRAINING: GroupsInstance,
    Subject.REFERENCE: ReferenceInstance,
    Subject.PARAMETRIC_POLICY: ParametricPolicyInstance,
    Subject.PARAMETRIC_PATH: ParametricPathInstance,
    Subject.PARAMETRIC_HITTING_TIME: ParametricHittingTimeInstance,
    Subject.GROUP: ScoredGroupInstance,
    Subject.PROMPTS: ScoredPromptsInstance,
    Subject.DRAWS: DrawnGroupInstance,
}


class Relation(enum.Enum):
    """How the two sides compare."""

    AT_MOST = "<="
    EQUAL = "=="


class Direction(enum.Enum):
    """Which side of an inequality on `t_gamma` the bound is; none where the statement is not about `t_gamma`."""

    LOWER = "lower"
    UPPER = "upper"
    NONE = "none"


class Status(enum.Enum):
    """Whether a statement is claimed as a theorem, which needs a proof, or as a conjecture, which has evidence only."""

    THEOREM = "theorem"
    CONJECTURE = "conjecture"


class Sides(NamedTuple):
    """The two sides of a statement, and the size of the terms they are made of.

    **Fields** (shape `(*batch)`): `smaller <= larger` (or equality) is what the statement claims; `scale` is the size
    of the terms that were added up, so that `64 * machine epsilon * scale` is what rounding can have done.
    """

    smaller: Scalars
    larger: Scalars
    scale: Scalars


def inequality(smaller: Scalars, larger: Scalars) -> Sides:
    """The sides of `smaller <= larger`, whose terms are as large as the sides themselves."""
    return Sides(smaller, larger, jnp.abs(smaller) + jnp.abs(larger))


@dataclass(frozen=True)
class Hypothesis(Generic[InstanceT]):
    """One hypothesis of a statement.

    **Fields**: `name` (a short handle), `latex` (the condition), `holds` (a predicate of shape `(*batch)`, boolean) and
    `margin`: how far the instance is from the edge of the condition, relative to what is compared, shape `(*batch)`,
    not negative where it holds and not positive where it fails; None for a condition without degrees.
    """

    name: str
    latex: str
    holds: Callable[[InstanceT], AnyArray]
    margin: Callable[[InstanceT], AnyArray] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", computed_in_double(self.holds))
        if self.margin is not None:
            object.__setattr__(self, "margin", computed_in_double(self.margin))


@dataclass(frozen=True)
class Feature(Generic[InstanceT]):
    """What makes an instance a hard one for a statement: how many there are of it is counted.

    **Fields**: `name`, in words; `present`, a predicate of shape `(*batch)`, boolean.
    """

    name: str
    present: Callable[[InstanceT], AnyArray]

    def __post_init__(self) -> None:
        object.__setattr__(self, "present", computed_in_double(self.present))


@dataclass(frozen=True)
class Control(Generic[InstanceT]):
    """A false twin of a statement: the machinery that checks the statement has to refute it.

    **Fields**: `description` (how it is strengthened or corrupted), `sides` (its two sides), `hypotheses` (its own; a
    dropped hypothesis is missing here) and `witness` (a single instance known to violate it; a hitting time or a path
    is left for a simulator to fill in. For a policy of any kind, the `PolicyCase` to be measured).
    """

    description: str
    sides: Callable[[InstanceT], Sides]
    hypotheses: tuple[Hypothesis[InstanceT], ...]
    witness: Callable[[], Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sides", computed_in_double(self.sides))


@dataclass(frozen=True)
class Statement(Generic[InstanceT]):
    """A numbered statement of the paper or one of ours.

    **Fields**

    - `id`: the handle on the command line; `number`, `section`, `title`: where and what it is.
    - `origin`: a key of `theory.origins.ORIGINS`: `"paper"`, `"ours"`, or another paper's number on arXiv.
    - `latex`: the claim. `hypotheses`, `sides`, `relation`, `direction`, `subject`: the same as code.
    - `control`: the negative control. `features`: what is counted among the instances that meet the hypotheses.
    - `status`: a conjecture has no proof, no proof rests on it, and pages show it apart.
    """

    id: str
    number: str
    section: str
    title: str
    origin: str
    latex: str
    subject: Subject
    sides: Callable[[InstanceT], Sides]
    control: Control[InstanceT]
    hypotheses: tuple[Hypothesis[InstanceT], ...] = ()
    relation: Relation = Relation.AT_MOST
    direction: Direction = Direction.NONE
    features: tuple[Feature[InstanceT], ...] = ()
    status: Status = Status.THEOREM

    def __post_init__(self) -> None:
        object.__setattr__(self, "sides", computed_in_double(self.sides))

    def applies(self, instance: InstanceT) -> AnyArray:
        """Whether all hypotheses hold, boolean, shape `(*batch)`."""
        return hold_all(self.hypotheses, instance)


def stated(
    subject: Subject,
    id: str,
    number: str,
    title: str,
    latex: str,
    sides: Callable[[Any], Sides],
    control: tuple[str, Callable[[Any], Sides], Callable[[], Any]],
    hypotheses: tuple[Hypothesis[Any], ...] = (),
    *,
    section: str,
    origin: str,
    relation: Relation = Relation.AT_MOST,
    direction: Direction = Direction.NONE,
) -> Statement[Any]:
    """A statement whose control has the same hypotheses.

    **Arguments**: the fields of `Statement`; `control`: its description, its sides, and its witness.
    """
    description, control_sides, witness = control
    return Statement(
        id=id,
        number=number,
        section=section,
        title=title,
        origin=origin,
        latex=latex,
        subject=subject,
        sides=sides,
        hypotheses=hypotheses,
        relation=relation,
        direction=direction,
        control=Control(description, control_sides, hypotheses, witness),
    )


def hold_all(hypotheses: tuple[Hypothesis[InstanceT], ...], instance: InstanceT) -> AnyArray:
    """Whether every hypothesis holds on the instance, boolean, shape `(*batch)`."""
    result = jnp.ones(instance.batch_shape, bool)
    for hypothesis in hypotheses:
        result = result & hypothesis.holds(instance)
    return result
