"""Every theorem of Coq: the statement of the register that it is, how it is read, and where the two are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import NamedTuple

from proofs_check.coq.reading import Reading
from proofs_check.formal.points.cases import registered
from proofs_check.formal.points.register_values import Registered, registered_at_limits, registered_at_policies
from proofs_check.formal.readings.functions import FUNCTION_READINGS
from proofs_check.formal.readings.hitting_times import TIME_READINGS, more_time_points
from proofs_check.formal.readings.parametric import PARAMETRIC_READINGS
from proofs_check.formal.readings.policies import POLICY_READINGS


class Compared(NamedTuple):
    """How a theorem is compared. **Fields**: its `reading`; `registered`: the register at the points."""

    reading: Reading
    registered: Callable[[], list[Registered]]


def statement_id(theorem: str) -> str:
    """The id of the statement that a theorem of that name is."""
    return theorem.replace("_", "-")


@cache
def _at_hitting_times(id: str) -> list[Registered]:
    return [*registered_at_limits(id), *registered_at_policies(id, more_time_points())]


@cache
def _at_cases(theorem: str) -> list[Registered]:
    return registered(statement_id(theorem), PARAMETRIC_READINGS[theorem][1]())


COMPARED: Mapping[str, Compared] = {
    **{n: Compared(r, partial(registered_at_policies, statement_id(n))) for n, r in POLICY_READINGS.items()},
    **{n: Compared(r, partial(_at_hitting_times, statement_id(n))) for n, r in TIME_READINGS.items()},
    **{n: Compared(r, partial(_at_cases, n)) for n, (r, _) in PARAMETRIC_READINGS.items()},
    **{n: Compared(r, made) for n, (r, made) in FUNCTION_READINGS.items()},
}
"""By the name of the theorem."""

NOT_COMPARED: Mapping[str, str] = {
    "flow_exists": "it says that there is a flow, and has no sides",
    "model_flow_exists": "it says that there is a flow, and has no sides",
    "s5_root": "it says that there is at most one root, and has no sides",
    "s_lem11_set": "the register has the case of one output, which is compared",
    "s4_contrast": "the register has S4 and S6, which are compared",
    "thm5": "it joins thm5-slow and thm5-fast, which are compared, and says that rewards of given accuracies exist",
}
"""The theorems that are no statement of the register, and why there is nothing to compare."""

T_AT_LEAST_1 = "the theorem asks for 0 < T, and in the register T is at least 1"
STEADY = "what is required of the logits and of norms before 0.01 only, where a log-linear policy has the same"
ONE_KIND = "what is required of a function before 0.01 only, where those that are tried are as they are later"
HARMLESS: Mapping[str, Mapping[str, str]] = {
    "s_thm5": {"0.01 for 0, number 2": T_AT_LEAST_1},
    "thm5_slow": {"0.01 for 0, number 3": T_AT_LEAST_1},
    "s_thm6": {"2 for 1, number 1": "two outputs at least, where the register asks that two are good and one is not"},
    "thm6_slow": {
        "2 for 1, number 1": "two outputs at least, where the register asks that two are good and one is not",
        "0.01 for 0, number 6": T_AT_LEAST_1,
    },
    "s_prop4": {"-1.01 for -1, number 6": "h is at least -1, which follows from rewards in [-1, 1]"},
    "prop4": {"1.01 for 1, number 6": "top is at most 1, which follows from rewards in [-1, 1]"},
    **{n: {"0.01 for 0, number 4": STEADY} for n in ("s4_path", "s6_path", "lem5", "lem6", "s4", "s6")},
    "thm4": {"0.01 for 0, number 5": STEADY},
    **{n: {f"0.01 for 0, number {k}": STEADY for k in (4, 6, 8, 10)} for n in ("s7", "s8")},
    "s8_over_s4": {
        "2.02 for 2, number 9": "an upper limit of the score norm, which measured norms are within",
        "-1.01 for -1, number 11": "an expected reward at the start is above -1",
    },
    **{n: {f"0.01 for 0, number {k}": ONE_KIND for k in (7, 9)} for n in ("lem1", "lem2")},
    "s_thm5_fast": {"-1.01 for -1, number 6": "h is at least -1, which follows from rewards in [-1, 1]"},
}
"""Edits of a theorem that change nothing where the register applies, and why: by theorem and what is edited."""

FORMAL = {statement_id(name): name for name in COMPARED}
"""The theorem of each statement of the register that has one."""
