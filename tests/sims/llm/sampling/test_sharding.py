"""Meshes of devices, and eight simulated devices that draw what one draws."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from sims.llm.sampling.sharding import completion_mesh
from tests.compiling import on_devices

GOLDEN = Path(__file__).parents[1] / "golden" / "checkpoints"
EIGHT = """
import json, sys
import jax
from sims.llm import SamplingSettings, load_language_model, sample_completions

assert jax.device_count() == 8
result = {}
cases = (("gemma2-tied", [[5, 17, 3], [11], [8] * 20, [1, 2]], 6), ("llama-tied", [[7, 7]], 8))
for name, prompts, completions in cases:
    model = load_language_model(f"{sys.argv[1]}/{name}")
    settings = SamplingSettings(10, 0.9, 0.95, (4,))
    for devices in (jax.devices(), jax.devices()[:1]):
        drawn = sample_completions(model, prompts, completions, settings, devices=devices)
        rows = [[(c.tokens, c.log_probabilities.tolist(), c.stopped) for c in row] for row in drawn]
        result.setdefault(name, []).append(rows)
print(json.dumps(result))
"""


@pytest.mark.parametrize(
    ("devices", "prompts", "completions", "shape"),
    [
        (1, 3, 5, (1, 1)),
        (8, 8, 1, (8, 1)),
        (8, 4, 6, (4, 2)),
        (8, 1, 8, (1, 8)),
        (8, 3, 5, (1, 5)),
        (8, 7, 7, (7, 1)),
        (8, 16, 16, (8, 1)),
    ],
)
def test_the_mesh_divides_the_batch(devices: int, prompts: int, completions: int, shape: tuple[int, int]) -> None:
    mesh = completion_mesh(jax.devices()[:1] * devices, prompts, completions)
    assert tuple(mesh.shape.values()) == shape


def test_eight_devices_draw_what_one_draws() -> None:
    environment = {**os.environ, "XLA_FLAGS": on_devices(8), "JAX_PLATFORMS": "cpu"}
    root = str(Path(__file__).parents[4])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH", "")]))
    command = [sys.executable, "-c", EIGHT, str(GOLDEN)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for eight, one in json.loads(done.stdout).values():
        for row_of_eight, row_of_one in zip(eight, one, strict=True):
            for (tokens, values, stopped), (same_tokens, same_values, same_stopped) in zip(
                row_of_eight, row_of_one, strict=True
            ):
                assert (tokens, stopped) == (same_tokens, same_stopped)
                assert values == pytest.approx(same_values, abs=2e-5)
