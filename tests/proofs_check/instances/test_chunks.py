"""A batch in chunks gives what the whole batch would, from computations of one size."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.instances.chunks import in_chunks


@pytest.mark.parametrize("count", [1, 3, 4, 5, 11])
def test_chunks_are_of_one_size_and_give_the_whole(count: int) -> None:
    sizes = []

    def function(batch: dict) -> tuple:
        sizes.append(len(batch["rows"]))
        return batch["rows"].sum(axis=-1) * batch["factor"], np.float64(7)

    rows = np.arange(2.0 * count).reshape(count, 2)
    total, same = in_chunks(function, {"rows": rows, "factor": np.float64(3)}, count, 4)
    np.testing.assert_array_equal(total, 3 * rows.sum(axis=-1))
    np.testing.assert_array_equal(same, np.full(count, 7.0))
    assert sizes == [4] * -(-count // 4)
