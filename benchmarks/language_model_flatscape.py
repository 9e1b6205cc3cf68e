"""The language model as flatscape runs it: a contestant of `benchmarks.language_model`, which says what it does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.measured_process import serve
from sims.llm import (
    DecoderConfig,
    DecoderParameters,
    LayerParameters,
    SamplingSettings,
    load_language_model,
    sample_completions,
)
from sims.llm.one_token.batch import PromptBatch, next_token_log_policy, prompt_batch
from sims.llm.one_token.operator_norms import fisher_norm
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
            found = token_log_probabilities(parameters, self.model.config, rows, kept, first=rows.shape[1] - length)
            return jnp.mean(advantages * jnp.sum(found[:, -length:], axis=1))

        self.advantages = jnp.asarray(work["advantages"])
        self.compiled = jax.jit(jax.grad(mean))
        self.log_probabilities = jax.jit(
            lambda parameters, rows, kept: token_log_probabilities(parameters, self.model.config, rows, kept)[
                :, -length:
            ]
        )
        self.latest: DecoderParameters | None = None
        self.batch = prompt_batch(self.model.config, self.prompts[:1])
        self.fisher_product = fisher_product(self.model.config)

    def write_parameters(self) -> None:
        """The parameters and the configuration, for others."""
        write_model(self.folder, self.model.config, self.model.parameters)

    def write_results(self) -> None:
        """Log-probabilities and the gradient, for comparison."""
        found = self.log_probabilities(self.model.parameters, self.rows, self.kept)
        np.save(self.folder / "log_probabilities.npy", np.asarray(found))
        gradient = self.compiled(self.model.parameters, self.rows, self.kept, self.advantages)
        write_arrays(self.folder, gradient, "gradient-")

    def sample(self) -> list[int]:
        """Completions of all prompts; their number and their length."""
        drawn = sample_completions(self.model, self.prompts, 1, self.settings)
        return [len(drawn), min(len(completion.tokens) for (completion,) in drawn)]

    def gradient(self) -> None:
        """Of the mean log-probability times the advantage, in all parameters; the latest is kept, as torch does."""
        self.latest = None
        self.latest = jax.block_until_ready(self.compiled(self.model.parameters, self.rows, self.kept, self.advantages))

    def largest_eigenvalue(self) -> list[float]:
        """Of the Fisher information of the next token of the first prompt, between two bounds a hundredth apart."""
        found = fisher_norm(self.model.parameters, self.model.config, self.batch, jax.random.key(0))
        return [float(found.lower), float(found.upper)]

    def power_iteration(self) -> list[float]:
        """The same by powers, until one more changes it by less than a part in 10,000: from below only."""
        vector = jnp.ones((1, self.model.config.vocabulary_size), jnp.float32)
        before, now = 0.0, 1.0
        while abs(now - before) > 1e-4 * now:
            vector, length = self.fisher_product(self.model.parameters, self.batch, vector)
            before, now = now, float(length)
        return [now]


def write_model(folder: Path, config: DecoderConfig, parameters: DecoderParameters) -> None:
    """A Llama model's parameters, and its configuration in transformers' words."""
    np.savez(
        folder / "config.npz",
        vocab_size=config.vocabulary_size,
        hidden_size=config.embedding_size,
        intermediate_size=config.feed_forward_size,
        num_hidden_layers=config.layers,
        num_attention_heads=config.query_heads,
        num_key_value_heads=config.key_value_heads,
        head_dim=config.head_size,
        max_position_embeddings=config.context_length,
        rms_norm_eps=config.norm_epsilon,
        rope_theta=config.rotary.base,
    )
    write_arrays(folder, parameters, "")


def write_arrays(folder: Path, parameters: DecoderParameters, prefix: str) -> None:
    """What has a decoder's shape, one `.npy` for each of its parameters."""
    assert isinstance(parameters.layers, LayerParameters)
    named = {name: value for name, value in parameters._asdict().items() if name != "layers"}
    for name, value in (named | parameters.layers._asdict()).items():
        if value is not None:
            np.save(folder / f"{prefix}{name}.npy", np.asarray(value))


def fisher_product(config: DecoderConfig) -> Callable[..., tuple[jax.Array, jax.Array]]:
    """The product of `B B^T`, `B` the Jacobian of `sqrt(pi) ln pi` of the next token, with a vector made of length one:
    its direction and its length."""

    def product(parameters: DecoderParameters, batch: PromptBatch, vector: jax.Array) -> tuple[jax.Array, jax.Array]:
        def weighted(theta: DecoderParameters) -> jax.Array:
            log_policy = next_token_log_policy(theta, config, batch)
            return jnp.exp(jax.lax.stop_gradient(log_policy) / 2) * log_policy

        _, backwards = jax.vjp(weighted, parameters)
        _, along = jax.jvp(weighted, (parameters,), backwards(vector / jnp.linalg.norm(vector)))
        return along, jnp.linalg.norm(along)

    return jax.jit(product)


def main() -> None:
    """Serves until standard input ends."""
    contestant = Flatscape(Path(sys.argv[1]))
    serve(
        {
            "write parameters": contestant.write_parameters,
            "write results": contestant.write_results,
            "sample": contestant.sample,
            "gradient": contestant.gradient,
            "largest eigenvalue": contestant.largest_eigenvalue,
            "power iteration": contestant.power_iteration,
        }
    )


if __name__ == "__main__":
    main()
