"""Inequalities over sums of any number of outputs, and how one of them is used in another.

A sum over outputs is a variable. What holds for sums of every length is shown by induction: it holds for empty sums,
and one more output preserves it (`Induction`). What is wanted then follows from such facts by algebra (`Query`). Where
one claim is used in another its variables are renamed (`Use`), and the citing claim says what it knows: facts, and what
its variables are the sums of (`Terms`). `smt.uses` asks the solvers whether the renamed premises hold there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from proofs_check.smt.formula import Number, substitute, value, variables


@dataclass(frozen=True)
class Use:
    """Another claim's conclusion with its variables renamed, as a premise.

    **Fields**

    - `source`: the claim; `names`: a term for each variable of it that is renamed.
    - `meant`: the source is a theorem about quantities that it names (`Query.means`): it holds wherever these
      mean the same, renamed, and meet what its premises ask of them alone. Otherwise all of its
      premises have to be proved anew.
    - `when`: a condition under which it is used, and which may be used to prove its premises; empty if there is none.
    """

    source: Query | Induction
    names: Mapping[str, str]
    meant: bool = False
    when: str = ""

    @property
    def formula(self) -> str:
        """What is concluded, in the citing claim's variables."""
        concluded = substitute(self.source.conclusion, self.names)
        return f"not ({self.when}) or ({concluded})" if self.when else concluded

    def renamed(self, names: Mapping[str, str]) -> Use:
        """The use inside a claim that is itself used with its variables renamed."""
        every = {*self.source.variables, *self.names, *names}
        inner = {name: substitute(self.names.get(name, name), names) for name in sorted(every)}
        return Use(self.source, inner, self.meant, substitute(self.when, names) if self.when else "")


Premise: TypeAlias = str | Use


@dataclass(frozen=True)
class Terms:
    """What sums run over.

    **Fields**

    - `over`: in words.
    - `each`: the variables that differ from term to term, separated by spaces.
    - `item`: what is known of every term.
    - `sums`: for each sum, what one term adds to it. Variables that are not in `each` are the same for all terms.
    - `terms`: what further sums, one for every term, run over.
    """

    over: str
    each: str
    sums: Mapping[str, str]
    item: tuple[Premise, ...] = ()
    terms: tuple[Terms, ...] = ()


@dataclass(frozen=True)
class Query:
    """An inequality between real numbers, and a stronger one that is false.

    **Fields**: `premises`, `conclusion`: formulas (see `smt.formula`), and other claims that are used; `stronger`: the
    false twin of the conclusion, with `stronger_description`; `witness`: values of all variables at which the premises
    hold and the twin does not; `origin`: the policy they come from, in words; `given`: what else is known, of use only
    for the premises of what is used; `terms`: what the variables that are sums run over; `means`: what variables, or
    terms in them, stand for.
    """

    name: str
    claim: str
    premises: tuple[Premise, ...]
    conclusion: str
    stronger: str
    stronger_description: str
    witness: Mapping[str, Number]
    origin: str
    given: tuple[Premise, ...] = ()
    terms: tuple[Terms, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)

    @property
    def formulas(self) -> tuple[str, ...]:
        """Its premises as formulas."""
        return tuple(p if isinstance(p, str) else p.formula for p in self.premises)

    @property
    def variables(self) -> list[str]:
        """The names of the variables of premises and conclusion."""
        return variables([*self.formulas, self.conclusion])

    def sources(self) -> list[Query | Induction]:
        """The claims that it uses, those among them that hold for single terms included."""
        terms, uses = list(self.terms), [*self.given, *self.premises]
        while terms:
            inner = terms.pop()
            uses += inner.item
            terms += inner.terms
        return [use.source for use in uses if isinstance(use, Use)]

    def concluded(self, *, when: str = "", **names: str) -> Use:
        """Its conclusion with variables renamed, as a premise of another query, which has to know its premises."""
        return Use(self, names, when=when)

    def stated(self, *, when: str = "", **names: str) -> Use:
        """The same for a theorem: the renamed variables have to mean what its own do, see `Use`."""
        return Use(self, names, meant=True, when=when)


@dataclass(frozen=True)
class Induction:
    """An inequality between sums over any number of outputs.

    **Fields**

    - `sums`: for each sum, what one output adds to it.
    - `item`: what is known of every output, and of the parameters.
    - `invariant`: what holds of the sums, however many outputs.
    - `stronger`, `stronger_description`: a false twin of the invariant.
    - `outputs`: outputs whose sums violate the twin; `parameters`: values of the other variables there.
    """

    name: str
    claim: str
    sums: Mapping[str, str]
    item: tuple[str, ...]
    invariant: str
    stronger: str
    stronger_description: str
    outputs: Sequence[Mapping[str, Number]]
    parameters: Mapping[str, Number] = field(default_factory=dict)

    @property
    def conclusion(self) -> str:
        """The invariant: what is used is what was proved."""
        return self.invariant

    @property
    def variables(self) -> list[str]:
        """The names of all variables: sums, parameters, and those of one output."""
        return variables([*self.sums, *self.sums.values(), *self.item, self.invariant])

    def concluded(self, *, when: str = "", **names: str) -> Use:
        """Its invariant as a premise of a query; also the variables of one output may be renamed."""
        return Use(self, names, when=when)

    def over(self, what: str, *more: Premise, terms: tuple[Terms, ...] = ()) -> Terms:
        """Its sums and what it asks of a term, as a query that uses it with its own letters declares them.

        **Arguments**: `what` the sums run over; `more` that is known of a term; `terms` as in `Terms`.
        """
        return Terms(what, " ".join(self.outputs[0]), self.sums, (*self.item, *more), terms)

    def after_one_more(self, formula: str) -> str:
        """The formula about the sums once one more output is added."""
        return substitute(formula, {name: f"{name} + {added}" for name, added in self.sums.items()})

    def of_nothing(self, formula: str) -> str:
        """The formula about empty sums."""
        return substitute(formula, dict.fromkeys(self.sums, "0"))

    def totals(self) -> dict[str, Number]:
        """The sums over `outputs`, exact where those are fractions."""
        totals: dict[str, Number] = dict.fromkeys(self.sums, Fraction(0))
        for output in self.outputs:
            here = {**self.parameters, **output, **totals}
            totals = {name: totals[name] + value(added, here) for name, added in self.sums.items()}
        return totals
