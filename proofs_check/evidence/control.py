"""Controls: whether the false twin of a statement is refuted, decided here and nowhere else."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from proofs_check.evidence.evidence import Evidence


class ControlStatus(enum.Enum):
    """What one method makes of a statement's control."""

    REFUTED = "refuted"
    NOT_NEEDED = "not needed"
    NOT_REFUTED = "not refuted"


def control_status(one: Evidence, statement: Sequence[Evidence]) -> ControlStatus:
    """The outcome of the control by one method.

    A method that came to a result has to refute its own control, but for those that only add instances to another's
    (`Method.adds_instances`): there it is enough that another method refutes it.

    **Arguments**: `one` of the pieces of evidence on a `statement`.
    """
    if one.control.refuted:
        return ControlStatus.REFUTED
    bound = one.verdict.informative and not one.method.adds_instances
    if not bound and any(other.control.refuted for other in statement):
        return ControlStatus.NOT_NEEDED
    return ControlStatus.NOT_REFUTED


def control_is_refuted(statement: Sequence[Evidence]) -> bool:
    """Whether a statement's control is refuted: by some method, and by each that has to.

    **Arguments**: all evidence on one `statement`.
    """
    return bool(statement) and all(control_status(one, statement) is not ControlStatus.NOT_REFUTED for one in statement)
