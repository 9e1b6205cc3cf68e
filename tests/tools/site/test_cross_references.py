"""Names as links: to the package itself first, never to one of several, and nothing in strings or arguments."""

from __future__ import annotations

from tools.site.cross_references import Names


def names():
    ours = {"theory.Problem", "theory.make_problem", "sims.Method", "theory.bounds.Method"}
    return Names(ours, {"numpy.ndarray", "jax.Array"})


def test_names_in_a_signature():
    found = names()
    given = "(Problem: Problem, *, a: np.ndarray | jax.Array = None, b: Float[Other, '*Problem'] = 2) -> list[Problem]"
    assert found.in_signature(given, "sims") == (
        "(Problem: theory.Problem, *, a: numpy.ndarray | jax.Array = None, b: Float[Other, '*Problem'] = 2)"
        " -> list[theory.Problem]"
    )
    assert found.unknown == {"Float", "Other"}


def test_a_name_of_several_is_that_of_the_package():
    found = names()
    assert found.find("Method", "sims") == "sims.Method"
    assert found.find("Method", "theory.bounds") == "theory.bounds.Method"
    assert found.find("Method", "figures") is None


def test_names_in_a_text():
    link = "{py:obj}`theory.make_problem() <theory.make_problem>`"
    text = "By `theory.make_problem()`, a `Problem`; `problem` and `a.b` are not.\n```\n`Problem`\n```\n"
    assert names().in_text(text, "theory", "theory.x") == (
        f"By {link}, a {{py:obj}}`Problem <theory.Problem>`; `problem` and `a.b` are not.\n```\n`Problem`\n```\n"
    )
    assert names().in_text("A `Problem`.", "theory", "theory.Problem") == "A `Problem`."
