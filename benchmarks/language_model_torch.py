"""The language model as transformers runs it: a contestant of `benchmarks.language_model`, which says what it does.

Needs numpy, torch and transformers only, so that it may run in an environment of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
import transformers

from benchmarks.measured_process import serve

LAYER_NAMES = {
    "attention_norm": "input_layernorm",
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "attention_output": "self_attn.o_proj",
    "feed_forward_norm": "post_attention_layernorm",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}


class Transformers:
    """**Arguments**: `folder`, with `config.npz`, `work.npz`, and one `.npy` for each parameter."""

    def __init__(self, folder: Path) -> None:
        torch.set_num_threads(2)
        self.folder = folder
        work = np.load(folder / "work.npz")
        self.prompts, self.kept, self.rows = (torch.from_numpy(work[name]) for name in ("prompts", "kept", "rows"))
        self.advantages = torch.from_numpy(work["advantages"])
        self.length, self.tokens = int(work["completion_length"]), int(work["new_tokens"])
        self.model = transformers.LlamaForCausalLM(llama_config(folder)).eval()
        with torch.no_grad():
            for name, parameter in self.named():
                parameter.copy_(torch.from_numpy(self.ours(name)))
        # Otherwise the gradient of one token's embedding is silently zero.
        self.model.model.embed_tokens.padding_idx = None

    def named(self) -> list[tuple[tuple[str, int | None], torch.nn.Parameter]]:
        """Our name of each parameter, with the layer where it has one."""
        found = dict(self.model.named_parameters())
        outer = {"embedding": "model.embed_tokens.weight", "output_norm": "model.norm.weight"}
        layers = range(self.model.config.num_hidden_layers)
        pairs: list[tuple[tuple[str, int | None], torch.nn.Parameter]] = []
        pairs += [((ours, None), found.pop(theirs)) for ours, theirs in outer.items()]
        for ours, theirs in LAYER_NAMES.items():
            pairs += [((ours, layer), found.pop(f"model.layers.{layer}.{theirs}.weight")) for layer in layers]
        assert not found
        return pairs

    def ours(self, name: tuple[str, int | None], prefix: str = "") -> np.ndarray:
        """A parameter, or what has its shape, from the folder."""
        whole = np.load(self.folder / f"{prefix}{name[0]}.npy", mmap_mode="r")
        return np.array(whole if name[1] is None else whole[name[1]])

    def sample(self) -> list[int]:
        """Completions of all prompts; their number and their length."""
        settings = transformers.GenerationConfig(
            do_sample=True, top_k=0, top_p=1.0, max_new_tokens=self.tokens, pad_token_id=0, eos_token_id=None
        )
        mask = self.kept.long()
        with torch.inference_mode():
            drawn = self.model.generate(self.prompts, attention_mask=mask, generation_config=settings)
        return [drawn.shape[0], drawn.shape[1] - self.prompts.shape[1]]

    def log_probabilities(self) -> torch.Tensor:
        """Of each token of the completions, with logits of their positions only."""
        logits = self.model(self.rows, use_cache=False, logits_to_keep=self.length + 1).logits[:, :-1]
        wanted = self.rows[:, -self.length :].reshape(-1)
        losses = torch.nn.functional.cross_entropy(logits.reshape(wanted.shape[0], -1), wanted, reduction="none")
        return -losses.reshape(self.rows.shape[0], -1)

    def gradient(self) -> None:
        """Of the mean log-probability times the advantage, in all parameters."""
        self.model.zero_grad()
        (self.advantages * self.log_probabilities().sum(1)).mean().backward()

    def compare(self) -> dict[str, float]:
        """The largest difference of log-probabilities, and the norm of that of gradients relative to the gradient's."""
        with torch.no_grad():
            apart = (self.log_probabilities() - torch.from_numpy(self.ours(("log_probabilities", None)))).abs().max()
        self.gradient()
        difference = total = 0.0
        for name, parameter in self.named():
            assert parameter.grad is not None
            difference += float(
                (parameter.grad - torch.from_numpy(self.ours(name, "gradient-"))).double().square().sum()
            )
            total += float(parameter.grad.double().square().sum())
        return {"log_probabilities": float(apart), "gradient": (difference / total) ** 0.5}


def llama_config(folder: Path) -> transformers.LlamaConfig:
    """The configuration that flatscape has written."""
    shape = {name: value.item() for name, value in np.load(folder / "config.npz").items()}
    base = shape.pop("rope_theta")
    return transformers.LlamaConfig(
        **shape,
        rope_parameters={"rope_type": "default", "rope_theta": base},
        tie_word_embeddings=True,
        attn_implementation="sdpa",
        dtype=torch.float32,
    )


def main() -> None:
    """Serves until standard input ends."""
    contestant = Transformers(Path(sys.argv[1]))
    serve(
        {
            "versions": lambda: {"torch": torch.__version__, "transformers": transformers.__version__},
            "sample": contestant.sample,
            "gradient": contestant.gradient,
            "compare": contestant.compare,
        }
    )


if __name__ == "__main__":
    main()
