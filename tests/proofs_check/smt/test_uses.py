"""What a query uses has to apply there: planted faults in renamings, premises, sums and meanings are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.inequalities import (
    largest_growth,
    lower_bounds,
    natural_gradient,
    one_rewarded,
    pathwise,
    proposition_4,
    rates,
    single_output,
    steps,
    sums,
    upper_bounds,
)
from proofs_check.inequalities.growth import control as growth_control
from proofs_check.inequalities.parametric import gradients, many_tokens, one_token, scores, variance_growth
from proofs_check.inequalities.parametric import hitting_times as parametric_times
from proofs_check.smt.claims import Induction, Query, Terms, Use
from proofs_check.smt.query import query_step
from proofs_check.smt.solvers import Solvers
from proofs_check.smt.uses import Uses

MADE = (
    rates.lemma_8(),
    rates.variance_rate(0.5),
    rates.value_rate(0.5),
    rates.lemma_11(),
    rates.lemma_10(),
    lower_bounds.narrow_rewards(8.0, "s-thm5"),
    proposition_4.gain(),
    proposition_4.loss(),
    proposition_4.divergence_loss(),
    single_output.theorem_5_from_proposition_4(),
    single_output.theorem_5_single(),
    single_output.theorem_6_single(),
    largest_growth.sharpened_lemma_10(),
    upper_bounds.few_bad_outputs(),
    gradients.fisher_norm(),
    gradients.contrast_gradient(),
    gradients.spectral_gradient(),
    gradients.proposition_2(),
    scores.flow_speed(),
    variance_growth.spectral_rate(),
    variance_growth.contrast_rate(),
    variance_growth.lemma_5_rate(),
    variance_growth.lemma_5_speed(),
    parametric_times.value_gradient(),
    parametric_times.moderate_reward(),
    parametric_times.comparison(),
    parametric_times.theorem_4(),
    growth_control.linear(),
    steps.ascent(),
    steps.sampled_ascent(),
    steps.standardised(),
)
MODULES = (
    sums,
    rates,
    lower_bounds,
    proposition_4,
    single_output,
    largest_growth,
    one_rewarded,
    upper_bounds,
    pathwise,
    growth_control,
    steps,
    natural_gradient,
    gradients,
    scores,
    one_token,
    many_tokens,
    variance_growth,
    parametric_times,
)
QUERIES = list(
    {
        query.name + query.conclusion: query
        for query in (
            *(v for module in MODULES for v in vars(module).values() if isinstance(v, Query)),
            *MADE,
        )
        if query.sources()
    }.values()
)
IMPOSSIBLE = "never_said >= 1"


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as processes:
        yield processes


@pytest.fixture
def failure(solvers):
    return Uses(solvers).failure


def with_uses(query, change):
    """The query with every use in it changed, those that are known of single terms included."""

    def changed(premises):
        return tuple(change(p) if isinstance(p, Use) else p for p in premises)

    def inside(terms):
        return tuple(replace(t, item=changed(t.item), terms=inside(t.terms)) for t in terms)

    return replace(query, premises=changed(query.premises), given=changed(query.given), terms=inside(query.terms))


def uses_of(query):
    """Every use in a query, with what tells it apart from the others."""
    found = []
    with_uses(query, lambda use: found.append(use) or use)
    return found


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.name)
def test_a_premise_that_nothing_gives_is_found_in_every_use(failure, query):
    """Each use in turn is given a source that asks for one thing more."""
    for wanted in uses_of(query):
        if wanted.meant:
            continue
        source = wanted.source
        asking = (
            replace(source, item=(*source.item, IMPOSSIBLE))
            if isinstance(source, Induction)
            else replace(source, premises=(*source.premises, IMPOSSIBLE))
        )
        planted = with_uses(query, lambda use, w=wanted, a=asking: replace(use, source=a) if use is w else use)
        found = failure(planted)
        assert found is not None, source.name
        assert "never_said" in found


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.name)
def test_a_theorem_about_something_else_is_found_in_every_use(failure, query):
    for wanted in [use for use in uses_of(query) if use.meant]:
        renamed = replace(wanted.source, means=dict.fromkeys(wanted.source.means, "something else"))
        planted = with_uses(query, lambda use, w=wanted, r=renamed: replace(use, source=r) if use is w else use)
        assert "stands for something else" in (failure(planted) or "")


def declared(terms):
    """Where every sum is declared: the path to its terms, and its name."""
    for place, one in enumerate(terms):
        yield from (((place,), name) for name in one.sums)
        yield from (((place, *path), name) for path, name in declared(one.terms))


def with_another_sum(terms, path, name):
    one = terms[path[0]]
    changed = (
        replace(one, terms=with_another_sum(one.terms, path[1:], name))
        if path[1:]
        else replace(one, sums=dict(one.sums) | {name: f"2*({one.sums[name]}) + 1"})
    )
    return (*terms[: path[0]], changed, *terms[path[0] + 1 :])


LIGHT = [query for query in QUERIES if sum(1 for _ in declared(query.terms)) <= 12]


@pytest.mark.parametrize("query", LIGHT, ids=lambda q: q.name)
def test_a_wrong_sum_is_found(failure, query):
    """Whatever a declared sum is a sum of matters, unless no use in the query is about it."""
    left = [
        name
        for path, name in declared(query.terms)
        if failure(replace(query, terms=with_another_sum(query.terms, path, name))) is None
    ]
    assert set(left) <= set(UNUSED.get(query.name, ())), left


UNUSED = {"pairs that gain hold little": ("F", "C"), "all pairs together": ("F", "T", "s", "Y")}
"""Sums of shared declarations that a query does not speak of."""


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.name)
def test_what_a_theorem_asks_of_what_it_names_is_asked_again(failure, query):
    for wanted in [use for use in uses_of(query) if use.meant]:
        source = wanted.source
        (name, *_) = [name for name in source.means if name.isidentifier()]
        asking = replace(source, premises=(*source.premises, f"{name} >= 123"))
        planted = with_uses(query, lambda use, w=wanted, a=asking: replace(use, source=a) if use is w else use)
        assert failure(planted) is not None


@pytest.mark.parametrize(
    ("query", "wanted"),
    [(parametric_times.theorem_4(), "gam <= 2"), (variance_growth.contrast_rate(), "X >= 0")],
    ids=lambda x: getattr(x, "name", x),
)
def test_a_theorem_is_not_used_outside_of_its_hypotheses(failure, query, wanted):
    assert wanted in query.premises
    assert failure(replace(query, premises=tuple(p for p in query.premises if p != wanted))) is not None


def test_the_rate_for_more_tokens_needs_a_range(failure):
    """Where K = 0 nothing moves, and the growth potential has no meaning."""
    query = variance_growth.contrast_rate()

    def without(use):
        return replace(use, when="ell**2 >= 2") if use.when == "ell**2 >= 2 and K > 0" else use

    assert "0 < K is not proved" in failure(with_uses(query, without))


RENAMINGS = [
    (sums.HALF_MASS, "other", "2*other"),
    (sums.MEAN_DEVIATION, "abs(r - V)", "r"),
    (rates.lemma_8(), "abs(A)", "A"),
    (rates.variance_rate(0.5), "p*A", "A"),
    (many_tokens.PARABOLA, "(A*root)", "A"),
    (many_tokens.NONNEGATIVE_SHARE, "root", "u"),
    (gradients.RANGE, "reach", "one"),
    (upper_bounds.GAIN, "2*a", "3*a"),
    (proposition_4.gain(), "delta", "2*delta"),
]


@pytest.mark.parametrize(("query", "term", "wrong"), RENAMINGS, ids=lambda x: getattr(x, "name", x))
def test_a_wrong_renaming_is_found(failure, query, term, wrong):
    def renamed(use):
        return replace(use, names={name: wrong if t == term else t for name, t in use.names.items()})

    assert any(term in use.names.values() for use in uses_of(query))
    assert failure(with_uses(query, renamed)) is not None


DROPPED = [
    (many_tokens.MANY_TOKENS_RATE, "harmonic mean below the mean", "q >= 0"),
    (many_tokens.MANY_TOKENS_RATE, "Cauchy-Schwarz with the weight u", "X ** 2 <= "),
]


@pytest.mark.parametrize(("query", "name", "wanted"), DROPPED, ids=lambda x: getattr(x, "name", x))
def test_a_dropped_use_is_missed(failure, query, name, wanted):

    def kept(premises):
        return tuple(p for p in premises if not isinstance(p, Use) or p.source.name != name)

    without = replace(query, given=kept(query.given), premises=kept(query.premises))
    assert without != query
    assert wanted in failure(without)


@pytest.mark.parametrize(
    ("query", "fact"),
    [
        (lower_bounds.narrow_rewards(8.0, "s-thm5"), "W == 1"),
        (rates.value_rate(0.5), "Q == s**2"),
        (proposition_4.ASSEMBLY, "P <= rho"),
        (proposition_4.ASSEMBLY, "V0 >= -1"),
        (upper_bounds.ASSEMBLY, "l1 < 1"),
        (many_tokens.MANY_TOKENS_RATE, "ell**2 >= 2"),
        (parametric_times.comparison(), "gam <= 2"),
    ],
    ids=lambda x: getattr(x, "name", x),
)
def test_a_dropped_fact_is_missed(failure, query, fact):
    assert fact in query.given
    found = failure(replace(query, given=tuple(premise for premise in query.given if premise != fact)))
    assert found is not None


def test_a_use_that_does_not_apply_undoes_the_step(solvers):
    query = rates.lemma_8()
    step = query_step(solvers, replace(query, terms=()))
    assert step.verdict is Verdict.UNKNOWN
    assert "nothing says that m, W, Q are sums over the same terms" in step.reason


def test_what_is_used_is_shown(solvers):
    text = query_step(solvers, rates.lemma_8()).text
    assert "; uses Cauchy-Schwarz with D = m, U = W, V = Q, u = 1, v = abs(A)" in text
    assert "; sums over the outputs: m of p*abs(A), W of p, Q of p*A**2; each has p >= 0" in text


def test_facts_that_contradict_each_other_prove_nothing(failure):
    query = lower_bounds.narrow_rewards(8.0, "s-thm5")
    assert "not shown to be possible" in failure(replace(query, given=(*query.given, "W == 2")))
    (terms,) = query.terms
    impossible = replace(terms, item=(*terms.item, "p < 0"))
    assert "not shown to be possible" in failure(replace(query, terms=(impossible,)))


def test_a_parameter_must_be_the_same_for_all_terms(failure):
    """`sum p a <= a sum p` is no instance of `sum p a <= top sum p`."""
    query = Query(
        "n",
        "c",
        (sums.WEIGHTED_MEAN.concluded(top="a"),),
        "A <= A",
        "A < A",
        "",
        {},
        "",
        terms=(Terms("the outputs", "w a", {"A": "w*a", "W": "w"}, ("w >= 0",)),),
    )
    assert failure(query).endswith("top is the same for all terms, but a is not")


def test_a_name_has_one_meaning(failure):
    query = rates.lemma_8()
    assert "A stands for something else outside of the outputs" in failure(replace(query, given=("A >= 0",)))


def test_what_is_no_sum_is_not_used_as_one(failure):
    """The sample kept depends on the one before it."""
    query = Query(
        "n",
        "c",
        (lower_bounds.BEST_SAMPLE.concluded(),),
        "kept <= best",
        "kept < best",
        "",
        {},
        "",
        terms=(Terms("the samples", "swap v", dict(lower_bounds.BEST_SAMPLE.sums)),),
    )
    assert failure(query).endswith("it is no statement about sums")


def test_a_use_does_not_rest_on_itself(failure):
    """Neither of two claims that would follow from each other has anything to rest on."""
    first = Query("first", "c", ("x > 0",), "y > 0", "y > 1", "", {}, "")
    second = Query("second", "c", ("y > 0",), "x > 0", "x > 1", "", {}, "")
    circle = Query("n", "c", (first.concluded(), second.concluded()), "x > 0", "x > 1", "", {}, "")
    assert failure(circle) == "the use of 'first': its premise x > 0 is not proved"
    assert failure(replace(circle, given=("x > 0",))) is None


def test_a_condition_helps_only_what_it_is_a_condition_of(failure):
    claim = Query("claim", "c", ("x > 0",), "y > 0", "y > 1", "", {}, "")
    query = Query("n", "c", (claim.concluded(when="x > 1"),), "x <= 1 or y > 0", "y > 0", "", {}, "")
    assert query.formulas == ("not (x > 1) or (y > 0)",)
    assert failure(query) is None
    assert failure(replace(query, premises=(claim.concluded(when="x > -1"),))) is not None
