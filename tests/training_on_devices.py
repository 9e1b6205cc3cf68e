"""The small run on several devices, of one process or of two: started by tests as processes of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from flatscape.process.runtime import prepare_worker
from sims.llm import GroundTruth, Prompts, TrainingRun
from sims.llm.experiment.prompts import built_in_prompts
from sims.llm.training.placement import placement
from tests.small_training import small_model, training_run

PROMPTS = Prompts(built_in_prompts()[:8], built_in_prompts()[8:16])
STEPS, LEARNING_RATE = 2, 1e-3

EIGHT = (("lora", 4, 2), ("all", 8, 1))
TWO = (("lora", 2, 1), ("all", 1, 2))
"""What is trained on eight devices and by two processes: over how many rows and matrices are spread. Both kinds of
parameters are spread in both ways; compiling takes nearly all of the time."""


class Listening:
    """The ground truth, which notes what it is asked."""

    name, needs_features = "proxy", False

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, texts):
        self.heard += texts.completions
        return GroundTruth()(texts)


def on_devices(folder: Path, trained: str, data: int, model: int, proxy: Any = None) -> TrainingRun:
    """The run on `data` times `model` devices."""
    run = training_run(
        folder,
        proxy=proxy,
        devices=placement(data, model, config=small_model().config),
        trained=trained,
        steps=STEPS,
        prompts_per_step=8,
        rows_at_once=16,
        learning_rate=LEARNING_RATE,
        checkpoint_every=1,
    )
    return replace(run, prompts=PROMPTS, keep_trained=True)


def run_and_note(folder: Path, trained: str, data: int, model: int) -> None:
    """One run in a folder of its own, with all completions in a file beside its tables."""
    place, proxy = folder / f"{trained}-{data}-{model}", Listening()
    on_devices(place, trained, data, model, proxy).run()
    if jax.process_index() == 0:
        (place / "completions.json").write_text(json.dumps(proxy.heard))


def one_machine(folder: str) -> None:
    """One, and eight simulated devices."""
    prepare_worker(1)
    assert jax.device_count() == 8
    for trained, data, model in (*EIGHT, ("lora", 1, 1), ("all", 1, 1)):
        run_and_note(Path(folder), trained, data, model)


class Failing:
    """A reward that fails where it is called: in the first process."""

    name, needs_features = "proxy", False

    def __call__(self, texts):
        raise ZeroDivisionError("a reward that fails")


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"


def two_processes(folder: str, number: str, port: str) -> None:
    """One of two processes with a device each; at last a reward that fails ends both."""
    prepare_worker(1)
    jax.distributed.initialize(f"127.0.0.1:{port}", num_processes=2, process_id=int(number))
    assert jax.device_count() == 2
    outcomes = {}
    place = Path(folder)
    for trained, data, model in TWO:
        run_and_note(place, trained, data, model)
    outcomes["again"] = _outcome(lambda: on_devices(place / "all-1-2", "all", 1, 2, Failing()).run())
    # The first process alone sees what the earlier run has left.
    apart = place / ("lora-2-1" if number == "0" else "elsewhere")
    outcomes["apart"] = _outcome(lambda: on_devices(apart, "lora", 2, 1).run())
    savez = np.savez
    np.savez = _full if number == "0" else savez
    outcomes["full disk"] = _outcome(lambda: on_devices(place / "full", "lora", 2, 1).run())
    np.savez = savez
    (place / f"outcomes-{number}.json").write_text(json.dumps(outcomes))
    on_devices(place / "failing", "lora", 2, 1, Failing()).run()


def _full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")
