"""The register, part one: every statement about `t_gamma` for a tabular policy that starts at its reference."""

from __future__ import annotations

from collections.abc import Callable

from theory.instances.lower_bounds import (
    bound_by_room,
    controlled_bound,
    linear_bound,
    linear_law_bound,
    proposition_3_bound,
    proposition_4_bound,
    sharpened_proposition_3_bound,
    sharpened_theorem_5_slow_bound,
    sharpened_theorem_6_slow_bound,
    theorem_5_fast_bound,
    theorem_5_slow_bound,
    theorem_6_fast_bound,
    theorem_6_slow_bound,
)
from theory.instances.tabular import HittingTimeInstance
from theory.instances.upper_bounds import (
    bound_without_losses,
    growth_of_rounding,
    sharpened_proposition_4_bound,
    sharpened_theorem_5_fast_bound,
    sharpened_theorem_6_fast_bound,
)
from theory.statement import Control, Direction, Feature, Hypothesis, Statement, Subject
from theory.statements.tabular.hitting_time_hypotheses import (
    INSIDE_UNIT_RANGE,
    KL_FEATURES,
    PROPOSITION_4_FEATURES,
    PROPOSITION_4_HYPOTHESES,
    SHARPENED_PROPOSITION_4_FEATURES,
    SHARPENED_PROPOSITION_4_HYPOTHESES,
    SHARPENED_THEOREM_5_FAST_HYPOTHESES,
    SHARPENED_THEOREM_6_FAST_HYPOTHESES,
    THEOREM_5_FAST_HYPOTHESES,
    THEOREM_6_FAST_HYPOTHESES,
    THEOREM_6_SLOW_HYPOTHESES,
    VARIES,
)
from theory.statements.tabular.hitting_time_sides import Bound, lower_bound_sides, scaled, upper_bound_sides
from theory.statements.tabular.hitting_time_witnesses import (
    bad_output_in_between,
    bad_output_ranked_first,
    barely_better_output,
    heavily_regularized,
    one_rewarded_of_two,
    one_rewarded_output_of_half_the_mass,
    two_equal_outputs,
    two_equal_outputs_narrow,
)


def _without(hypotheses: tuple[Hypothesis, ...], dropped: str) -> tuple[Hypothesis, ...]:
    return tuple(h for h in hypotheses if h.name != dropped)


def _time_statement(
    id: str,
    number: str,
    title: str,
    latex: str,
    bound: Bound,
    hypotheses: tuple[Hypothesis, ...],
    control: Control,
    *,
    section: str,
    direction: Direction = Direction.LOWER,
    origin: str = "paper",
    features: tuple[Feature, ...] = KL_FEATURES,
    growth: Bound = lambda instance: 1.0,
) -> Statement:
    sides = lower_bound_sides(bound) if direction is Direction.LOWER else upper_bound_sides(bound, growth)
    return Statement(
        id=id,
        number=number,
        section=section,
        title=title,
        origin=origin,
        latex=latex,
        subject=Subject.HITTING_TIME,
        sides=sides,
        control=control,
        hypotheses=hypotheses,
        direction=direction,
        features=features,
    )


def _stronger(
    description: str,
    bound: Bound,
    factor: float,
    hypotheses: tuple[Hypothesis, ...],
    witness: Callable[[], HittingTimeInstance],
) -> Control:
    return Control(description, lower_bound_sides(scaled(bound, factor)), hypotheses, witness)


ARTANHS = r"D = \operatorname{artanh}(V_0 + \gamma) - \operatorname{artanh}(V_0)"
"""The rise of the artanh of the watched expected reward, `V_0` at the start; infinite where `V_0 + gamma` is one
or more, as no expected reward gets there."""

HITTING_TIME_STATEMENTS = (
    _time_statement(
        "prop3",
        "Proposition 3",
        "Low reward variance is slow (tabular)",
        r"t_\gamma \ge 2|S|(1-e^{-\gamma/2}) / \sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]}",
        proposition_3_bound,
        (VARIES,),
        _stronger(
            "the constant 2 raised to 4.02 (4 is the best possible)",
            proposition_3_bound,
            2.01,
            (VARIES,),
            two_equal_outputs,
        ),
        section="Section 3, Appendix C",
    ),
    _time_statement(
        "s3",
        "S3",
        "Proposition 3 with the best constant",
        r"t_\gamma \ge 4|S|(1-e^{-\gamma/2}) / \sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]}",
        sharpened_proposition_3_bound,
        (VARIES,),
        _stronger("the constant 4 raised to 4.02", sharpened_proposition_3_bound, 1.005, (VARIES,), two_equal_outputs),
        section="ours, sharpens Proposition 3",
        origin="ours",
    ),
    _time_statement(
        "s3-plus",
        "S3+",
        "S3 with the room that is left to the expected reward",
        r"t_\gamma \ge 4|S|(1-e^{-D/2}) / \sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]},\quad "
        + ARTANHS,
        bound_by_room,
        (VARIES,),
        _stronger("the constant 4 raised to 4.02", bound_by_room, 1.005, (VARIES,), two_equal_outputs),
        section="ours, sharpens S3",
        origin="ours",
    ),
    _time_statement(
        "s3-plus-plus",
        "S3++",
        "S3 with both rates tied to each other",
        r"t_\gamma \ge \frac{|S|}{\sigma_0}\,\frac{2s}{(1 - s^2)^{3/2}},\quad "
        r"2\sqrt2\operatorname{artanh}(\sqrt2 s) - 3\operatorname{artanh}(s) = D,\quad "
        r"\sigma_0^2 = \mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)],\quad " + ARTANHS,
        controlled_bound,
        (VARIES,),
        _stronger("the bound raised by half a per cent", controlled_bound, 1.005, (VARIES,), two_equal_outputs),
        section="ours, sharpens S3+",
        origin="ours",
    ),
    _time_statement(
        "s3-linear",
        "S3++, linear",
        "The time is at least proportional to the increase",
        r"t_\gamma \ge 1.869\,|S|\gamma / \sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]}",
        linear_bound,
        (VARIES,),
        _stronger("the constant 1.869 raised to 2.01", linear_bound, 2.01 / 1.869, (VARIES,), two_equal_outputs),
        section="ours, from S3++",
        origin="ours",
    ),
    _time_statement(
        "linear-law",
        "Linear law",
        "A rise takes at least twice itself over the deviation of the reward",
        r"t_\gamma \ge 2|S|\gamma / \sqrt{\mathrm{Var}_{\pi_{\theta(0)}(\cdot|x)}[r_{RM}(x,\cdot)]}",
        linear_law_bound,
        (VARIES,),
        _stronger("the constant 2 raised to 2.01", linear_law_bound, 1.005, (VARIES,), two_equal_outputs),
        section="ours, with the best constant",
        origin="ours",
    ),
    _time_statement(
        "thm5-slow",
        "Theorem 5",
        "An accurate model of narrow range is slow (abridged: Theorem 2)",
        r"t_\gamma \ge 2|S|(1-e^{-\gamma/2})\,T",
        theorem_5_slow_bound,
        (INSIDE_UNIT_RANGE,),
        _stronger(
            "the constant 2 raised to 8.04", theorem_5_slow_bound, 4.02, (INSIDE_UNIT_RANGE,), two_equal_outputs_narrow
        ),
        section="Section 3, Appendix C",
    ),
    _time_statement(
        "s-thm5",
        "S-T5",
        "Theorem 5's slow part with the best constant",
        r"t_\gamma \ge 8|S|(1-e^{-\gamma/2})\,T",
        sharpened_theorem_5_slow_bound,
        (INSIDE_UNIT_RANGE,),
        _stronger(
            "the constant 8 raised to 8.04",
            sharpened_theorem_5_slow_bound,
            1.005,
            (INSIDE_UNIT_RANGE,),
            two_equal_outputs_narrow,
        ),
        section="ours, sharpens Theorem 5",
        origin="ours",
    ),
    _time_statement(
        "thm5-fast",
        "Theorem 5",
        "A less accurate model can be fast (abridged: Theorem 2)",
        r"t_\gamma \le \frac{4|S|}{(1-\rho)^4}\left(\frac{1}{\pi_{\theta(0)}(y_\gamma)} - \frac{1}{\rho}\right)",
        theorem_5_fast_bound,
        THEOREM_5_FAST_HYPOTHESES,
        Control(
            "other outputs may be rewarded almost as highly as the best one",
            upper_bound_sides(theorem_5_fast_bound),
            _without(THEOREM_5_FAST_HYPOTHESES, "best-output-stands-out"),
            barely_better_output,
        ),
        section="Section 3, Appendix C",
        direction=Direction.UPPER,
    ),
    _time_statement(
        "s-thm5-fast",
        "S-T5",
        "Theorem 5's fast part with the best dependence on the shares",
        r"t_\gamma \le \frac{|S|}{\kappa}\,\frac{G(\rho) - G(P_0)}{1 - \ell},\ G(p) = 2\ln\frac{p}{1-p}"
        r" + \frac{2p-1}{p(1-p)},\ \rho = \frac{V_G(\theta(0);x) + \gamma - \min r_G}{r_G(y_\gamma) - \min r_G},"
        r"\ P_0 = \pi_{\theta(0)}(y_\gamma),\ \kappa = r_{RM}(y_\gamma) - \max_{y \ne y_\gamma} r_{RM}(y)",
        sharpened_theorem_5_fast_bound,
        SHARPENED_THEOREM_5_FAST_HYPOTHESES,
        Control(
            "other outputs may be rewarded more than the average",
            upper_bound_sides(sharpened_theorem_5_fast_bound),
            _without(SHARPENED_THEOREM_5_FAST_HYPOTHESES, "others-below-average"),
            bad_output_in_between,
        ),
        section="ours, sharpens Theorem 5",
        direction=Direction.UPPER,
        origin="ours",
        growth=growth_of_rounding,
    ),
    _time_statement(
        "thm6-fast",
        "Theorem 6",
        "The reward model that suits the policy is fast (abridged: Theorem 3)",
        r"t_\gamma \le \frac{2|S|}{(1-\rho)^3}\left(\frac{1}{c} - \frac{1}{\rho}\right)",
        theorem_6_fast_bound,
        THEOREM_6_FAST_HYPOTHESES,
        Control(
            "any KL coefficient is allowed",
            upper_bound_sides(theorem_6_fast_bound),
            _without(THEOREM_6_FAST_HYPOTHESES, "small-kl-coefficient"),
            heavily_regularized,
        ),
        section="Section 3, Appendix C",
        direction=Direction.UPPER,
    ),
    _time_statement(
        "s-thm6-fast",
        "S-T6",
        "Theorem 6's fast part with the best constant",
        r"t_\gamma \le |S|\frac{K-1}{2K}\,\frac{G(\rho) - G(P_0)}{1 - \ell},\ K = |Y|,\ G, \rho, P_0"
        r"\text{ as in S-T5}",
        sharpened_theorem_6_fast_bound,
        SHARPENED_THEOREM_6_FAST_HYPOTHESES,
        Control(
            "the bound lowered by one per cent",
            upper_bound_sides(scaled(sharpened_theorem_6_fast_bound, 0.99)),
            SHARPENED_THEOREM_6_FAST_HYPOTHESES,
            one_rewarded_of_two,
        ),
        section="ours, sharpens Theorem 6",
        direction=Direction.UPPER,
        origin="ours",
        growth=growth_of_rounding,
    ),
    _time_statement(
        "thm6-slow",
        "Theorem 6",
        "The reward model that does not suit the policy is slow (abridged: Theorem 3)",
        r"t_\gamma \ge \frac{|S|}{\sqrt 2}(1-e^{-\gamma/2})\,T,\quad T = \pi_{\theta(0)}(y'_\gamma)^{-1/2}",
        theorem_6_slow_bound,
        THEOREM_6_SLOW_HYPOTHESES,
        _stronger(
            "the constant 1/sqrt(2) raised to 2.9",
            theorem_6_slow_bound,
            2.9 * 2**0.5,
            THEOREM_6_SLOW_HYPOTHESES,
            one_rewarded_output_of_half_the_mass,
        ),
        section="Section 3, Appendix C",
    ),
    _time_statement(
        "s-thm6",
        "S-T6",
        "Theorem 6's slow part with the best constant",
        r"t_\gamma \ge 2|S|(1-e^{-\gamma/2}) / \sqrt{q(1-q)},\quad q = \pi_{\theta(0)}(y'_\gamma)",
        sharpened_theorem_6_slow_bound,
        THEOREM_6_SLOW_HYPOTHESES,
        _stronger(
            "the constant 2 raised to 2.01",
            sharpened_theorem_6_slow_bound,
            1.005,
            THEOREM_6_SLOW_HYPOTHESES,
            one_rewarded_output_of_half_the_mass,
        ),
        section="ours, sharpens Theorem 6",
        origin="ours",
    ),
    _time_statement(
        "prop4",
        "Proposition 4",
        "When a reward model is fast",
        r"t_\gamma \le \frac{4|S||Y^+|}{(1-\rho)\delta}\left(\frac{1}{\pi_{\theta(0)}(Y^+)} - \frac{1}{\rho}\right)",
        proposition_4_bound,
        PROPOSITION_4_HYPOTHESES,
        Control(
            "bad outputs of any probability may be rewarded",
            upper_bound_sides(proposition_4_bound),
            _without(PROPOSITION_4_HYPOTHESES, "small-bad-mass"),
            bad_output_ranked_first,
        ),
        section="Appendix C",
        direction=Direction.UPPER,
        features=PROPOSITION_4_FEATURES,
    ),
    _time_statement(
        "s-prop4",
        "S-P4",
        "Proposition 4 with a better dependence on everything",
        r"t_\gamma \le \frac{|S||Y^+|}{\kappa}\,\frac{G(\rho) - G(P_0)}{1 - \ell},\ P_0 = \pi_{\theta(0)}(Y^+),"
        r"\ \rho = \frac{V_G(\theta(0);x) + \gamma - \min r_G}{\min_{Y^+} r_G - \min r_G},\ G \text{ as in S-T5}",
        sharpened_proposition_4_bound,
        SHARPENED_PROPOSITION_4_HYPOTHESES,
        Control(
            "bad outputs and the KL term may be any, and cost nothing",
            upper_bound_sides(bound_without_losses),
            _without(SHARPENED_PROPOSITION_4_HYPOTHESES, "small-loss"),
            bad_output_ranked_first,
        ),
        section="ours, sharpens Proposition 4",
        direction=Direction.UPPER,
        origin="ours",
        features=SHARPENED_PROPOSITION_4_FEATURES,
    ),
)
"""Statements about `t_gamma`, in the order of the ledger."""
