"""Every argument of one number per problem takes what its meaning allows, the ends included, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from tests.theory.public_cases import policy_problem, problem
from theory.arguments import names
from theory.arguments.names import ARGUMENT_RULES
from theory.arguments.number_rules import distribution, log_distribution
from theory.arguments.rules import Numbers, Single, Subset, Whole
from theory.errors import InvalidInputError
from theory.parameter_space.problem import stack_policy_problems
from theory.tabular.problem import stack_problems

DOMAINS = {
    # Infinity is a number where a formula has a limit there.
    "[-inf, inf]": ["share", "margin", "largest_reward", "sharing_reward", "remaining", "span", "loss"],
    "(-inf, inf)": ["initial_truth", "best_truth", "clock", "height"],
    "[0, inf]": [
        *(
            "increase",
            "variance",
            "mean_square",
            "initial_variance",
            "reward_range",
            "epsilon",
            "log_inverse",
            "set_size",
            "size",
        ),
        *("elapsed", "jacobian", "contrast", "fisher_norm", "rise", "room"),
    ],
    "[0, inf)": ["kl_coefficient", "mean_fisher_norm", "score_norm", "largest_advantage"],
    "(0, inf]": ["inverse_reward_range", "shortfall", "prompts", "rate", "constant"],
    "[1, inf]": ["sharing_outputs", "group_size", "length"],
    "[0, 1]": [
        *("best_probability", "rewarded_probability", "winner_probability", "set_mass", "mass", "bad_mass"),
        *("initial", "final", "elapsed_share"),
    ],
    "[-inf, 0]": ["smallest_log_probability"],
    # Of each output.
    "(-inf, inf) of outputs": ["logits", "regularized_reward", "factors"],
    "(-inf, inf) of outputs or booleans": [
        *("values", "first", "second", "reward", "proxy_reward", "ground_truth_reward"),
    ],
}
DISTRIBUTIONS = {"probabilities": distribution, "log_policy": log_distribution, "log_reference": log_distribution}
PROBES = [-np.inf, -1e300, -1.0, -5e-324, 0.0, 5e-324, 1 - 2**-53, 1.0, 1 + 2**-52, 1e300, np.inf]


def inside(number: float, domain: str) -> bool:
    least, most = (float(end) for end in domain[1:-1].split(", "))
    return (number > least or (number == least and domain[0] == "[")) and (
        number < most or (number == most and domain[-1] == "]")
    )


@pytest.mark.parametrize(("domain", "name"), [(domain, name) for domain, names in DOMAINS.items() for name in names])
def test_a_number_is_taken_just_where_it_has_a_meaning(domain, name):
    interval, _, rest = domain.partition(" of ")
    rule = ARGUMENT_RULES[name]
    assert isinstance(rule, Numbers | Single)
    for number in PROBES:
        assert accepted(rule, number) == inside(number, interval), number
    assert not accepted(rule, np.nan)
    if isinstance(rule, Numbers):
        assert rule == Numbers(rule.check, per_output=bool(rest), booleans=rest.endswith("booleans"))


def accepted(rule: Numbers | Single, number: float) -> bool:
    try:
        rule.check("x", np.array(number), 2**-52)
    except InvalidInputError:
        return False
    return True


def test_no_argument_is_left_out():
    numbers = {name for name, rule in ARGUMENT_RULES.items() if isinstance(rule, Numbers | Single)}
    assert numbers == {name for names in DOMAINS.values() for name in names} | {*DISTRIBUTIONS, "samples"}
    assert {name for name, rule in ARGUMENT_RULES.items() if isinstance(rule, Subset)} == {"subset", "members"}
    assert ARGUMENT_RULES["outputs"] == Whole(2)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_distribution_is_over_outputs(name):
    assert ARGUMENT_RULES[name] == Numbers(DISTRIBUTIONS[name], per_output=True)


def test_where_a_batch_of_problems_is_taken():
    ones = {"policy": policy_problem(), "tabular": problem()}
    batches = {"policy": stack_policy_problems([ones["policy"]]), "tabular": stack_problems([ones["tabular"]])}
    rules = {
        ("policy", False): names.PROBLEM,
        ("policy", True): names.PROBLEMS,
        ("tabular", False): names.ONE_TABULAR_PROBLEM,
        ("tabular", True): names.TABULAR_PROBLEM,
    }
    assert ARGUMENT_RULES["problem"] == names.PROBLEM
    for (kind, several), rule in rules.items():
        rule.check("x", ones[kind], {})
        if several:
            rule.check("x", batches[kind], {})
        else:
            with pytest.raises(InvalidInputError, match=r"^x: got a batch of shape \(1,\)"):
                rule.check("x", batches[kind], {})
        other = ones["tabular" if kind == "policy" else "policy"]
        with pytest.raises(InvalidInputError, match=r"^x: got a .*Problem\. Give what theory\.make_"):
            rule.check("x", other, {})
