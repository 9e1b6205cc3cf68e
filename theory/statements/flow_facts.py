"""The register: lemmas about functions of time, and facts of the whole flow, which have proofs and no instances."""

from __future__ import annotations

from typing import Any, NoReturn

from theory.statement import Control, Relation, Statement, Subject


def _no_instances(*_: object) -> NoReturn:
    """What stands where other statements have sides and a witness."""
    raise TypeError("This statement is about functions of time and has no instances: it is proved, not sampled.")


def _statement(
    id: str, number: str, title: str, latex: str, control: str, *, section: str, relation: Relation = Relation.AT_MOST
) -> Statement[Any]:
    return Statement(
        id=id,
        number=number,
        section=section,
        title=title,
        origin="paper",
        latex=latex,
        subject=Subject.FUNCTION,
        sides=_no_instances,
        relation=relation,
        control=Control(control, _no_instances, (), _no_instances),
    )


FUNCTION_STATEMENTS = (
    _statement(
        "lem1",
        "Lemma 1",
        "What grows at most like a power stays below a curve that blows up",
        r"\dot g \le c\,g^p,\ g > 0,\ p > 1 \Rightarrow g(t) \le "
        r"g(0)\,(1 - c(p-1)g(0)^{p-1}t)^{-1/(p-1)}",
        "the rate c p in place of c (p - 1)",
        section="Appendix D",
    ),
    _statement(
        "lem2",
        "Lemma 2",
        "What grows at least like a power stays above that curve",
        r"\dot g \ge c\,g^p,\ g > 0,\ p > 1 \Rightarrow g(t) \ge "
        r"g(0)\,(1 - c(p-1)g(0)^{p-1}t)^{-1/(p-1)}",
        "the rate c p in place of c (p - 1)",
        section="Appendix D",
    ),
    _statement(
        "probabilities",
        "Eq (3)",
        "Probabilities stay positive and sum to one",
        r"\pi_{\theta(t)}(y|x) > 0,\quad \textstyle\sum_y \pi_{\theta(t)}(y|x) = 1",
        "the probabilities are squared",
        section="Section 2.2",
        relation=Relation.EQUAL,
    ),
    _statement(
        "independent-columns",
        "Eq (3)",
        "The columns of a tabular policy move independently",
        r"|S|\,\dot\theta_x = \nabla\phi(\theta_x;x),\quad \theta_x = (\theta_{y,x})_{y \in Y}",
        "the mean of the reward is not subtracted",
        section="Section 2.2",
        relation=Relation.EQUAL,
    ),
    _statement(
        "constant-sum",
        "Eq (4)",
        "The logits of a prompt keep their sum",
        r"\textstyle\sum_y \theta_{y,x}(t) = \sum_y \theta_{y,x}(0)",
        "the mean of the reward is not subtracted",
        section="Section 2.2",
        relation=Relation.EQUAL,
    ),
    _statement(
        "shift-invariance",
        "Eq (4)",
        "A constant added to the proxy reward changes nothing",
        r"\theta_{r_{RM} + c}(t) = \theta_{r_{RM}}(t)",
        "the shift is not subtracted",
        section="Section 2.2",
        relation=Relation.EQUAL,
    ),
    _statement(
        "time-rescaling",
        "Eq (4)",
        "Without KL, a scaled proxy reward runs through the same policies at another pace",
        r"\theta_{c\,r_{RM}}(t) = \theta_{r_{RM}}(c\,t)\quad(\lambda = 0)",
        "the velocity is multiplied by the square",
        section="Section 2.2",
        relation=Relation.EQUAL,
    ),
)
"""Statements that are proved and not sampled, in the order of the ledger."""
