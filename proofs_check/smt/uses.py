"""Uses of claims in queries: the solvers prove the premises of the claims used, under their renaming.

A use of a query holds where its premises, renamed, follow from what the citing query knows. A use of an induction holds
where each of its sums is, term by term, a sum that the citing query declares (`Terms`), all of them over the same
terms, and what it asks of one term follows from what is known of those. Uses are taken in order: each may rest on those
before it, none on itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from proofs_check.smt.claims import Induction, Premise, Query, Terms, Use
from proofs_check.smt.formula import parse, script, substitute, variables
from proofs_check.smt.solvers import Outcome, Solvers

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.GtE: ast.LtE, ast.Gt: ast.Lt}


@dataclass(frozen=True)
class _Known:
    """What is known at one place: facts, what sums run over, and what terms mean."""

    facts: tuple[str, ...]
    terms: tuple[Terms, ...]
    means: Mapping[str, str]

    def more(self, *facts: str) -> _Known:
        return replace(self, facts=(*self.facts, *facts))


class Uses:
    """Checks uses with two solvers; what has been proved is not asked again."""

    def __init__(self, solvers: Solvers) -> None:
        self._solvers = solvers
        self._proved: dict[str, bool] = {}

    def failure(self, query: Query) -> str | None:
        """Why something that a query uses does not apply there, in words; None if all of it does."""
        means = {_normal(term): meaning for term, meaning in query.means.items()}
        known, failure = self._facts((*query.given, *query.premises), _Known((), query.terms, means))
        return failure or self._contradiction(known, query.given)

    def _contradiction(self, known: _Known, given: Sequence[Premise]) -> str | None:
        """What is given beyond the premises, and what is known of terms, must be possible: else it proves anything.

        What is known of one term includes what is known of the whole, so that the innermost terms are enough.
        """
        if not known.terms:
            return "what is given is not shown to be possible" if given and not self._possible(known.facts) else None
        for terms in known.terms:
            inside, failure = self._of_a_term(terms, known)
            failure = failure or self._contradiction(inside, terms.item)
            if failure is not None:
                return f"{terms.over}: {failure}"
        return None

    def _facts(self, premises: Sequence[Premise], known: _Known) -> tuple[_Known, str | None]:
        """All that follows where the premises hold, and why a use among them does not apply."""
        known = known.more(*(premise for premise in premises if isinstance(premise, str)))
        for use in premises:
            if isinstance(use, Use):
                failure = self._open(use, known)
                if failure is not None:
                    return known, f"the use of '{use.source.name}': {failure}"
                known = known.more(use.formula)
        return known, None

    def _open(self, use: Use, known: _Known) -> str | None:
        inside = known.more(use.when) if use.when else known
        if isinstance(use.source, Induction):
            return self._open_induction(use.source, use.names, inside)
        if use.meant:
            return _other_meaning(use.source, use.names, known) or self._unmet(use.source, use.names, inside)
        premises = [
            p.renamed(use.names) if isinstance(p, Use) else substitute(p, use.names) for p in use.source.premises
        ]
        for premise in premises:
            if isinstance(premise, str) and not self._follows(premise, inside.facts):
                return f"its premise {premise} is not proved"
        stated = [premise for premise in premises if isinstance(premise, str)]
        return self._facts([p for p in premises if isinstance(p, Use)], inside.more(*stated))[1]

    def _unmet(self, source: Query, names: Mapping[str, str], known: _Known) -> str | None:
        """What a theorem asks of quantities that it names and is not known; the rest is how others are defined."""
        shown = {*variables([source.conclusion]), *source.means}
        asked = [part for fact in (*source.premises, *source.given) if isinstance(fact, str) for part in _parts(fact)]
        for condition in asked:
            wanted = substitute(condition, names)
            if set(variables([condition])) <= shown and not self._follows(wanted, known.facts):
                return f"its premise {wanted} is not proved"
        return None

    def _open_induction(self, source: Induction, names: Mapping[str, str], known: _Known) -> str | None:
        used = [name for name in variables([source.invariant]) if name in source.sums]
        if set(variables(source.sums.values())) & set(source.sums):
            return "it is no statement about sums"
        targets = {name: names.get(name, name) for name in used}
        failure: str | None = f"nothing says that {', '.join(targets.values())} are sums over the same terms"
        for terms in known.terms:
            if set(targets.values()) <= set(terms.sums):
                failure = self._mismatch(source, names, targets, terms, known)
                if failure is None:
                    return None
        return failure

    def _mismatch(
        self, source: Induction, names: Mapping[str, str], targets: Mapping[str, str], terms: Terms, known: _Known
    ) -> str | None:
        """Why an induction does not apply to sums over these terms."""
        each, of_one = set(terms.each.split()), set(source.outputs[0])
        for name in source.variables:
            if name not in source.sums and name not in of_one and each & set(variables([names.get(name, name)])):
                return f"{name} is the same for all terms, but {names.get(name, name)} is not"
        inside, failure = self._of_a_term(terms, known)
        if failure is not None:
            return failure
        for name, target in targets.items():
            equal = f"{substitute(source.sums[name], names)} == {terms.sums[target]}"
            if not self._follows(equal, inside.facts):
                return f"{target} is not {name}: {equal} is not proved"
        for item in source.item:
            wanted = substitute(item, names)
            if not self._follows(wanted, inside.facts):
                return f"{wanted} is not proved of {terms.over}"
        return None

    def _of_a_term(self, terms: Terms, known: _Known) -> tuple[_Known, str | None]:
        """What is known of one term: facts of the whole, and its own."""
        twice = set(terms.each.split()) & {*variables(known.facts), *terms.sums}
        if twice:
            return known, f"{', '.join(sorted(twice))} stands for something else outside of {terms.over}"
        return self._facts(terms.item, replace(known, terms=terms.terms))

    def _follows(self, goal: str, facts: Sequence[str]) -> bool:
        return all(self._part_follows(part, facts) for part in _parts(goal))

    def _part_follows(self, goal: str, facts: Sequence[str]) -> bool:
        known = [part for fact in facts for part in _parts(fact)]
        if goal in known:
            return True
        near = [fact for fact in known if set(variables([fact])) <= set(variables([goal]))]
        return self._proves(near, goal) or self._proves(_connected(known, goal), goal)

    def _proves(self, facts: Sequence[str], goal: str) -> bool:
        question = script(facts, goal)
        if question not in self._proved:
            answers = self._solvers.ask(question)
            self._proved[question] = len(answers) > 1 and {a.outcome for a in answers} == {Outcome.UNSAT}
        return self._proved[question]

    def _possible(self, facts: Sequence[str]) -> bool:
        outcomes = {answer.outcome for answer in self._solvers.ask(script(facts))}
        return Outcome.SAT in outcomes and Outcome.UNSAT not in outcomes


def _other_meaning(source: Query, names: Mapping[str, str], known: _Known) -> str | None:
    """Which renamed variable does not mean what the theorem's own means; None if all do."""
    facts = [fact for fact in (*source.premises, *source.given) if isinstance(fact, str)]
    asked = [fact for fact in facts if set(variables([fact])) <= set(source.means)]
    for name in variables([source.conclusion, *asked]):
        term = _normal(names.get(name, name))
        theirs, ours = source.means.get(name), known.means.get(term)
        if theirs is None or theirs != ours:
            return f"{name} stands for {theirs or 'nothing that is said'}, and {term} for {ours or 'nothing'}"
    return None


def _normal(formula: str) -> str:
    """The formula as it is written where every other one is."""
    return ast.unparse(parse(formula))


@lru_cache(maxsize=8192)
def _parts(formula: str) -> tuple[str, ...]:
    """The comparisons that a formula joins by `and`, each with the smaller side on the left."""
    return tuple(ast.unparse(part) for part in _split(parse(formula)))


def _split(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            for part in values:
                yield from _split(part)
        case ast.Compare(left=left, ops=comparisons, comparators=others):
            for comparison, other in zip(comparisons, others, strict=True):
                turned = _TURNED.get(type(comparison))
                sides = (left, other) if turned is None else (other, left)
                yield ast.Compare(sides[0], [comparison if turned is None else turned()], [sides[1]])
                left = other
        case _:
            yield node


def _connected(facts: Sequence[str], goal: str) -> list[str]:
    """The facts that share a variable with the goal, with such a fact, and so on."""
    reached, chosen = set(variables([goal])), list[str]()
    while True:
        further = [f for f in facts if f not in chosen and (set(variables([f])) & reached or not variables([f]))]
        if not further:
            return [fact for fact in dict.fromkeys(facts) if fact in chosen]
        chosen += further
        reached |= set(variables(further))
