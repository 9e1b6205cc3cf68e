"""When mean curves, one for each resample of the prompts, have risen by so much."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64


def rises_of_curves(
    times: Float64[np.ndarray, " times"],
    curves: Float64[np.ndarray, "*batch times"],
    gains: Float64[np.ndarray, " gains"],
) -> Float64[np.ndarray, "gains ..."]:
    """First times at which curves have risen by each of `gains` above their first value; infinity where they do not.

    Between times a curve is taken for a line.

    >>> import numpy as np
    >>> rises_of_curves(np.array([0.0, 1.0]), np.array([[0.5, 1.5], [0.5, 0.6]]), np.array([1.0])).tolist()
    [[1.0, inf]]
    """
    risen = curves - curves[..., :1]
    found = np.full((len(gains), *curves.shape[:-1]), np.inf)
    for number, gain in enumerate(gains):
        above = risen >= gain
        reached = above.any(axis=-1)
        last = np.maximum(above.argmax(axis=-1), 1)
        low, high = (np.take_along_axis(risen, k[..., None], axis=-1)[..., 0] for k in (last - 1, last))
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(reached & (high > low), (gain - low) / (high - low), 1.0)
            time = times[last - 1] + part * (times[last] - times[last - 1])
        found[number] = np.where(reached, time, np.inf)
    return found
