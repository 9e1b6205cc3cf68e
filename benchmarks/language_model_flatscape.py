"""The language model as flatscape runs it: a contestant of `benchmarks.language_model`, which says what it does."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.measured_process import serve
from sims.llm import DecoderParameters, LayerParameters, SamplingSettings, load_language_model, sample_completions
from sims.llm.sampling.log_probability import token_log_probabilities


class Flatscape:
    """**Arguments**: `folder`, with `work.npz`; parameters and results go there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = load_language_model()
        work = np.load(folder / "work.npz")
        self.prompts = [row[kept].tolist() for row, kept in zip(work["prompts"], work["kept"], strict=True)]
        self.settings = SamplingSettings(int(work["new_tokens"]))
        self.rows = jnp.asarray(work["rows"], jnp.int32)
        self.kept = jnp.ones(self.rows.shape, bool)
        length = int(work["completion_length"])

        def mean(parameters: DecoderParameters, rows: jax.Array, kept: jax.Array, advantages: jax.Array) -> jax.Array:
            found = token_log_probabilities(parameters, self.model.config, rows, kept)
            return jnp.mean(advantages * jnp.sum(found[:, -length:], axis=1))

        self.advantages = jnp.asarray(work["advantages"])
        self.compiled = jax.jit(jax.grad(mean))
        self.log_probabilities = jax.jit(
            lambda parameters, rows, kept: token_log_probabilities(parameters, self.model.config, rows, kept)[
                :, -length:
            ]
        )
        self.latest: DecoderParameters | None = None

    def write_parameters(self) -> None:
        """The parameters and the configuration, for others."""
        c = self.model.config
        np.savez(
            self.folder / "config.npz",
            vocab_size=c.vocabulary_size,
            hidden_size=c.embedding_size,
            intermediate_size=c.feed_forward_size,
            num_hidden_layers=c.layers,
            num_attention_heads=c.query_heads,
            num_key_value_heads=c.key_value_heads,
            head_dim=c.head_size,
            max_position_embeddings=c.context_length,
            rms_norm_eps=c.norm_epsilon,
            rope_theta=c.rotary.base,
        )
        self._write(self.model.parameters, "")

    def write_results(self) -> None:
        """Log-probabilities and the gradient, for comparison."""
        found = self.log_probabilities(self.model.parameters, self.rows, self.kept)
        np.save(self.folder / "log_probabilities.npy", np.asarray(found))
        self._write(self.compiled(self.model.parameters, self.rows, self.kept, self.advantages), "gradient-")

    def _write(self, parameters: DecoderParameters, prefix: str) -> None:
        assert isinstance(parameters.layers, LayerParameters)
        named = {name: value for name, value in parameters._asdict().items() if name != "layers"}
        for name, value in (named | parameters.layers._asdict()).items():
            if value is not None:
                np.save(self.folder / f"{prefix}{name}.npy", np.asarray(value))

    def sample(self) -> list[int]:
        """Completions of all prompts; their number and their length."""
        drawn = sample_completions(self.model, self.prompts, 1, self.settings)
        return [len(drawn), min(len(completion.tokens) for (completion,) in drawn)]

    def gradient(self) -> None:
        """Of the mean log-probability times the advantage, in all parameters; the latest is kept, as torch does."""
        self.latest = None
        self.latest = jax.block_until_ready(self.compiled(self.model.parameters, self.rows, self.kept, self.advantages))


def main() -> None:
    """Serves until standard input ends."""
    contestant = Flatscape(Path(sys.argv[1]))
    serve(
        {
            "write parameters": contestant.write_parameters,
            "write results": contestant.write_results,
            "sample": contestant.sample,
            "gradient": contestant.gradient,
        }
    )


if __name__ == "__main__":
    main()
