"""The register: complete entries, controls that are false where they say so, and the statements true there."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import jax
import numpy as np
import pytest

from proofs_check.instances.paths import run_path
from proofs_check.instances.training.groups import follow_groups
from proofs_check.instances.training.runs import take_steps
from proofs_check.sampling.judging import judge, judge_hitting_time
from proofs_check.sampling.parametric import measured_flows, measured_policies
from sims.flow_hitting_times import hitting_times
from sims.other_reference import reference_hitting_times
from sims.parameter_space.flow import follow_flow
from sims.parameter_space.path import measured_path
from theory.errors import InvalidInputError
from theory.instances.parametric import ParametricInstance, measure_state
from theory.instances.tabular import PolicyInstance, TabularInstance
from theory.origins import ORIGINS
from theory.parameter_space.problem import stack_policy_problems
from theory.statement import Direction, Relation, Statement, Subject, hold_all
from theory.statements.flow_facts import FUNCTION_STATEMENTS
from theory.statements.parametric_paths import fastest_growing_case
from theory.statements.register import ABRIDGED, JOINED, REGISTER, STATEMENTS, find_statement, select_statements
from theory.statements.sampled_groups import SAMPLED_GROUP_STATEMENTS
from theory.tabular.problem import make_problem

every_statement = pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.id)


def parametric_witness(statement: Statement) -> tuple[ParametricInstance, object]:
    """What is measured at the witness, in parameter space."""
    case = statement.control.witness()
    if statement.subject is Subject.PARAMETRIC_PATH:
        path = follow_flow(case.problem, case.elapsed)
        measured = measured_path(path, np.array([0.0, path.end]))
        return jax.tree.map(lambda field: np.asarray(field)[1:], measured), None
    problems = stack_policy_problems([case.problem])
    if statement.subject is Subject.PARAMETRIC_POLICY:
        return measured_policies(problems), None
    hitting, at_end, *_ = measured_flows(problems, np.array([case.prompt]), np.array([case.increase]))
    return at_end, hitting if statement.direction is not Direction.NONE else None


@cache
def witness(id: str) -> tuple[TabularInstance | ParametricInstance, object]:
    """The control's witness as a batch of one, with what simulation has to fill in."""
    statement = find_statement(id)
    if statement.subject.parametric:
        return parametric_witness(statement)
    instance = jax.tree.map(lambda leaf: np.asarray(leaf)[None], statement.control.witness())
    if statement.subject is Subject.HITTING_TIME:
        hitting = hitting_times(instance.problem, instance.increase)
        return replace(instance, hitting_time=hitting.time), hitting
    if statement.subject is Subject.REFERENCE:
        hitting = reference_hitting_times(instance.problem, instance.reference, instance.increase)
        return replace(instance, hitting_time=hitting.time), hitting
    if statement.subject is Subject.PATH:
        return run_path(instance), None
    if statement.subject is Subject.RUN:
        return take_steps(instance), None
    if statement.subject is Subject.GROUP_TRAINING:
        return follow_groups(instance), None
    return instance, None


def judged(statement: Statement, sides, hitting):
    if hitting is not None:
        return judge_hitting_time(sides, statement.direction, hitting)
    return judge(sides, statement.relation, 1)


def test_ids_are_unique():
    ids = [s.id for s in REGISTER]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id) for id in ids)


def test_the_statements_of_the_paper_are_all_there():
    numbers = {s.number for s in REGISTER if s.origin == "paper"}
    named = {"Definition 2", "Theorem 4", "Theorem 5", "Theorem 6", *(f"Proposition {n}" for n in (1, 2, 3, 4))}
    assert named | {f"Lemma {n}" for n in range(1, 12)} <= numbers


@pytest.mark.parametrize("statement", REGISTER, ids=lambda s: s.id)
def test_entries_are_complete(statement):
    assert statement.number
    assert statement.section
    assert statement.title
    assert statement.latex
    assert statement.origin in ORIGINS
    assert (statement.direction is not Direction.NONE) == (statement.subject.timed and "-over-" not in statement.id)
    assert statement.control.description
    for hypothesis in (*statement.hypotheses, *statement.control.hypotheses):
        assert hypothesis.name
        assert hypothesis.latex
        assert hypothesis.latex.count("{") == hypothesis.latex.count("}")
    names = [h.name for h in statement.hypotheses]
    assert len(set(names)) == len(names)
    assert statement.latex.count("{") == statement.latex.count("}")


@every_statement
def test_a_control_differs_from_its_statement_in_sides_or_hypotheses(statement):
    dropped = {h.name for h in statement.hypotheses} - {h.name for h in statement.control.hypotheses}
    instance, _ = witness(statement.id)
    sides, twin = statement.sides(instance), statement.control.sides(instance)
    same = all(np.array_equal(a, b) for a, b in zip(sides[:2], twin[:2], strict=True))
    assert dropped or not same


@every_statement
def test_the_control_is_refuted_at_its_witness(statement):
    instance, hitting = witness(statement.id)
    assert np.asarray(hold_all(statement.control.hypotheses, instance)).all()
    outcome = judged(statement, statement.control.sides(instance), hitting)
    assert outcome.violated.all()
    assert np.isfinite(outcome.ratio).all()


@every_statement
def test_the_statement_holds_or_does_not_apply_at_the_witness(statement):
    instance, hitting = witness(statement.id)
    applies = np.asarray(statement.applies(instance)).all()
    dropped = len(statement.control.hypotheses) < len(statement.hypotheses)
    # A twin that drops a hypothesis is refuted where the hypothesis fails; any other one where the statement applies.
    assert applies == (not dropped)
    if applies:
        assert not judged(statement, statement.sides(instance), hitting).violated.any()


@every_statement
def test_a_statement_is_violated_by_nan(statement):
    """The machinery must notice a side that breaks down."""
    instance, hitting = witness(statement.id)
    sides = statement.sides(instance)
    for broken in (sides._replace(smaller=sides.smaller * np.nan), sides._replace(larger=sides.larger * np.nan)):
        assert judged(statement, broken, hitting).violated.any()


@pytest.mark.parametrize(
    "id", ["prop3", "s3", "thm5-slow", "s-thm5", "thm6-slow", "s-thm6", "thm4", "s4", "s6", "s7", "s8"]
)
def test_lower_bounds_are_close_to_the_truth_at_the_witness(id):
    """The controls raise the constants by half a per cent over the best ones, so these are the best ones."""
    instance, _ = witness(id)
    sides = find_statement(id).sides(instance)
    best = {"prop3": 2, "thm5-slow": 4, "thm6-slow": 4, "thm4": 144}.get(id, 1)
    assert float(sides.larger[0] / sides.smaller[0]) == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize("id", ["s3-var-rate", "s3-value-rate", "s0", "s2", "s6-gradient"])
def test_bounds_on_rates_and_gradients_are_attained_at_the_witness(id):
    """To all digits: a policy near the extremal one falls short only in second order."""
    instance, _ = witness(id)
    sides = find_statement(id).sides(instance)
    assert float(np.max(np.asarray(sides.smaller) / np.asarray(sides.larger))) == pytest.approx(1, abs=1e-11)


def test_reward_variance_grows_fastest_where_it_is_said_to():
    """S6, step 2, with equality: at the witness of its control before it has moved."""
    problem = fastest_growing_case().problem
    state = jax.jit(measure_state)(problem, problem.parameters)
    allowed = 0.5 * float(state.contrast_norm) ** 2 * float(state.variance) ** 1.5
    assert float(state.variance_rate) == pytest.approx(allowed, rel=1e-11)


def test_velocities_below_the_range_of_float64_do_not_spoil_s5():
    """The first output's is 5e-309, of which float64 keeps few digits."""
    problem = make_problem(
        initial_logits=[[0.0, -228.5, -42.4, -64.4]],
        proxy_reward=[[-1.0, -0.9999999999992615, -1.0, -1.0]],
        ground_truth_reward=[[0.0, 0.0, 0.0, 0.0]],
    )
    logits = np.array([[-662.4594370228625, -18.811031148994395, -6.7681966468776575e-09, -377.7910436559138]])
    smaller, larger, _ = find_statement("s5").sides(PolicyInstance(problem=problem, logits=logits))
    np.testing.assert_allclose(smaller, larger, rtol=1e-12)
    level = replace(problem, proxy_reward=np.full((1, 4), 0.25))
    np.testing.assert_array_equal(find_statement("s5").sides(PolicyInstance(problem=level, logits=logits)), 0.0)


@pytest.mark.parametrize("id", ["lem7", "lem9"])
def test_the_scale_of_a_probability_tells_how_its_logarithm_is_rounded(id):
    """At -640 by 5.7e-14, which the exponential turns into a relative error; at -64 and above it is what it was."""

    def scale(rare):
        problem = make_problem(
            initial_logits=[[0.0, 0.0]], proxy_reward=[[1.0, -1.0]], ground_truth_reward=[[1.0, -1.0]]
        )
        return np.asarray(
            find_statement(id).sides(PolicyInstance(problem=problem, logits=np.array([[rare, 0.0]]))).scale
        )[0]

    np.testing.assert_allclose(scale(-640.0), [10 * np.exp(-640.0), 1.0], rtol=1e-12)
    np.testing.assert_allclose(scale(-60.0), [np.exp(-60.0), 1.0], rtol=1e-12)


def test_statements_about_functions_have_no_instances():
    """Whatever tries to sample one is told so, rather than finding that nothing violates it."""
    assert set(REGISTER) - set(STATEMENTS) - set(SAMPLED_GROUP_STATEMENTS) == set(FUNCTION_STATEMENTS)
    assert all(s.subject.sampled for s in STATEMENTS)
    for statement in FUNCTION_STATEMENTS:
        assert not statement.subject.sampled
        assert not statement.subject.parametric
        for ask in (statement.sides, statement.control.sides):
            with pytest.raises(TypeError, match="proved, not sampled"):
                ask(None)
        with pytest.raises(TypeError, match="proved, not sampled"):
            statement.control.witness()


def test_selection():
    assert select_statements() == REGISTER
    assert [s.id for s in select_statements(["lem2", "s3"])] == ["s3", "lem2"]
    assert [s.id for s in select_statements(["s3", "prop3"])] == ["prop3", "s3"]
    assert [s.id for s in select_statements(["thm5"])] == ["thm5-slow", "thm5-fast"]
    assert [s.id for s in select_statements(["thm2"])] == ["thm5-slow", "thm5-fast"]
    assert {s.id for s in select_statements(["thm3"])} == {"thm6-slow", "thm6-fast"}
    assert [s.id for s in select_statements(["PROP3", "prop3"])] == ["prop3"]
    assert [s.id for s in select_statements(["thm1"])] == ["thm4"]
    assert set(ABRIDGED.values()) == {"thm4", "thm5", "thm6"}
    assert [s.id for s in select_statements(["var"])] == ["var-flow", "var-rate"]
    assert [s.id for s in select_statements([" Thm6 "])] == ["thm6-fast", "thm6-slow"]
    assert [s.id for s in select_statements(["lem5"])] == ["lem5"]
    for family in JOINED:
        assert len(select_statements([family])) > 1
    assert find_statement("lem4").relation is Relation.AT_MOST


@pytest.mark.parametrize("ids", ["prop3", 3, None])
def test_ids_come_in_a_list(ids):
    with pytest.raises(InvalidInputError, match=r"^ids: got .*Give a list of ids"):
        select_statements(ids)
    assert select_statements({"prop3"}) == select_statements(("prop3",)) == (find_statement("prop3"),)


@pytest.mark.parametrize("id", ["nonsense", "", "thm", "thm7", "lem", "prop"])
def test_unknown_ids(id):
    with pytest.raises(InvalidInputError, match=r"statement: got .*Known statements: def2, lem3"):
        select_statements([id])
    with pytest.raises(InvalidInputError):
        find_statement(id)


@pytest.mark.parametrize(
    ("id", "guess"), [("thm55", "thm5"), ("Lemma10", "lem10"), ("prop33", "prop3"), ("thm5-slwo", "thm5-slow")]
)
def test_the_nearest_id_is_offered(id, guess):
    with pytest.raises(InvalidInputError, match=f"Did you mean {guess}[?] Known statements: "):
        select_statements([id])


def test_a_long_id_is_cut_in_the_error():
    with pytest.raises(InvalidInputError) as caught:
        select_statements(["x" * 10_000])
    assert "x" * 100 not in str(caught.value)
