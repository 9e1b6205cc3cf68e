"""Values that have to be there."""

from __future__ import annotations

import pytest

from proofs_check.certain import certain


def test_a_value_is_itself_and_none_is_an_error_that_names_it():
    assert certain(0, "the number") == 0
    with pytest.raises(ValueError, match="the number: got None"):
        certain(None, "the number")
