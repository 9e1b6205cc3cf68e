"""The files in `configs/`: each is a configuration, two are the presets, and large models fit their decoders."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from sims.llm.checkpoints.hub import is_hub_identifier
from sims.llm.decoder.parameters import layer_shapes, outer_shapes
from sims.llm.experiment.config import read_config
from sims.llm.experiment.presets import FULL, QUICK
from sims.llm.training.memory import step_memory
from tools.decoders import DECODERS
from tools.memory_table import CARD, PROMPT_LENGTH

CONFIGS = Path(__file__).resolve().parents[4] / "configs"


def test_the_presets_are_there_as_files() -> None:
    assert read_config(CONFIGS / "smollm2.toml") == FULL
    assert read_config(CONFIGS / "word-model.toml") == QUICK


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_file_is_a_configuration(path: Path) -> None:
    config = read_config(path)
    assert config.runs()
    assert config.record()["rewards"]
    assert config.model is None or config.model == "word model" or is_hub_identifier(config.model)


def test_decoders_have_the_sizes_that_are_published() -> None:
    """Biderman et al. 2023, Table 1, without embeddings; Meta's model card of Llama 3.2, rounded, with them."""
    counts = {}
    for name, config in DECODERS.items():
        layer, outer = (sum(map(math.prod, shapes(config).values())) for shapes in (layer_shapes, outer_shapes))
        counts[name] = (config.layers * layer, config.layers * layer + outer)
    # The last norm, of weights and biases, is counted with the layers there.
    assert counts["pythia-1b"][0] + 2 * 2048 == 805_736_448
    assert counts["pythia-2.8b"][0] + 2 * 2560 == 2_517_652_480
    assert round(counts["llama-3.2-1b"][1] / 1e9, 2) == 1.24
    assert round(counts["llama-3.2-3b"][1] / 1e9, 2) == 3.21


@pytest.mark.parametrize("name", DECODERS)
def test_large_models_fit_one_card_and_several(name: str) -> None:
    config, decoder = read_config(CONFIGS / f"{name}.toml"), DECODERS[name]
    for _, _, settings in config.runs():
        assert PROMPT_LENGTH + settings.max_tokens <= decoder.context_length
        assert step_memory(decoder, settings, PROMPT_LENGTH, precision=config.precision).total < CARD
        for data, model in ((2, 1), (1, 2), (2, 4)):
            step_memory(decoder, settings, PROMPT_LENGTH, precision=config.precision, data=data, model=model)
    assert config.held_out_prompts % 8 == 0
