"""A step of RLOO with transformers and torch: a contestant of `benchmarks.rloo_step`, which says what it does.

Needs numpy, torch and transformers only, so that it may run in an environment of its own.
"""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import transformers

from benchmarks.language_model_torch import LAYER_NAMES, Transformers
from benchmarks.measured_process import serve

KL_COEFFICIENT, LEARNING_RATE, SCALE = 0.05, 1e-6, 2.0


class LowRankLinear(torch.nn.Module):
    """A frozen linear map plus a change of low rank, which may be switched off."""

    def __init__(self, frozen: torch.nn.Linear, down: np.ndarray, up: np.ndarray) -> None:
        super().__init__()
        self.frozen, self.on = frozen, True
        self.down, self.up = (torch.nn.Parameter(torch.from_numpy(factor)) for factor in (down, up))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """The map, changed or not."""
        mapped = self.frozen(hidden)
        return mapped + SCALE * ((hidden @ self.down.T) @ self.up.T) if self.on else mapped


class Step(Transformers):
    """**Arguments**: `folder`, with what flatscape has written and `work.npz`; what is trained."""

    def __init__(self, folder: Path, trained: str) -> None:
        super().__init__(folder)
        self.rewards = torch.from_numpy(np.load(folder / "work.npz")["rewards"])
        self.group = len(self.rewards) // len(self.prompts)
        self.changes: list[LowRankLinear] = []
        self.frozen: torch.nn.Module | None = None
        if trained == "all":
            self.trained = self.named()
            self.frozen = copy.deepcopy(self.model).requires_grad_(False)
        else:
            self.model.requires_grad_(False)
            self.trained = self.adapted()
        self.optimizer = torch.optim.Adam([parameter for _, parameter in self.trained], lr=LEARNING_RATE)

    def adapted(self) -> list[tuple[tuple[str, int | None], torch.nn.Parameter]]:
        """Both factors of each matrix of each layer, put there, with our names."""
        pairs: list[tuple[tuple[str, int | None], torch.nn.Parameter]] = []
        for ours, theirs in LAYER_NAMES.items():
            if "norm" in ours:
                continue
            for number, layer in enumerate(self.model.model.layers):
                room, name = theirs.split(".")
                module = getattr(layer, room)
                factors = (self.ours((f"{factor}-{ours}", number)) for factor in ("down", "up"))
                change = LowRankLinear(getattr(module, name), *factors)
                setattr(module, name, change)
                self.changes.append(change)
                pairs += [((f"down-{ours}", number), change.down), ((f"up-{ours}", number), change.up)]
        return pairs

    def of_rows(self, model: torch.nn.Module, rows: torch.Tensor) -> torch.Tensor:
        """The log-probability of each token of the completions, with logits of their positions only."""
        mask = torch.ones_like(rows)
        mask[:, : self.kept.shape[1]] = self.kept.long().repeat_interleave(self.group, 0)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        wanted = rows[:, -self.length :]
        logits = model(
            rows, attention_mask=mask, position_ids=positions, use_cache=False, logits_to_keep=self.length + 1
        ).logits[:, :-1]
        return torch.log_softmax(logits, dim=-1).gather(2, wanted[:, :, None])[:, :, 0]

    def reference(self, rows: torch.Tensor) -> torch.Tensor:
        """The same under the initial model, without a gradient."""
        for change in self.changes:
            change.on = False
        with torch.no_grad():
            found = self.of_rows(self.model if self.frozen is None else self.frozen, rows)
        for change in self.changes:
            change.on = True
        return found

    def draw(self) -> torch.Tensor:
        """Rows of prompts and their completions, those of a prompt side by side."""
        settings = transformers.GenerationConfig(
            do_sample=True,
            top_k=0,
            top_p=1.0,
            max_new_tokens=self.tokens,
            num_return_sequences=self.group,
            use_cache=True,
            pad_token_id=0,
            eos_token_id=None,
        )
        with torch.inference_mode():
            drawn = self.model.generate(self.prompts, attention_mask=self.kept.long(), generation_config=settings)
        assert drawn.shape == self.rows.shape
        return drawn.clone()

    def step(self) -> dict[str, float]:
        """One step; the seconds of each phase."""
        seconds: dict[str, float] = {}
        with timed(seconds, "sampling"):
            rows = self.draw()
        with timed(seconds, "reference"):
            reference = self.reference(rows).sum(1)
        with timed(seconds, "gradient"):
            self.optimizer.zero_grad()
            found = self.of_rows(self.model, rows).sum(1)
            rewards = (self.rewards - KL_COEFFICIENT * (found.detach() - reference).double()).view(-1, self.group)
            others = (rewards.sum(1, keepdim=True) - rewards) / (self.group - 1)
            advantages = (rewards - others).flatten().float()
            (-(advantages * found).mean()).backward()
        with timed(seconds, "Adam"):
            self.optimizer.step()
        return seconds

    def compare(self) -> dict[str, float]:
        """The largest difference of log-probabilities, and the norm of that of gradients relative to the gradient's."""
        found = self.of_rows(self.model, self.rows)
        (self.advantages * found.sum(1)).sum().backward()
        apart = (found.detach() - torch.from_numpy(self.ours(("log_probabilities", None)))).abs().max()
        difference = total = 0.0
        for name, parameter in self.trained:
            assert parameter.grad is not None
            ours = torch.from_numpy(self.ours(name, "gradient-"))
            difference += float((parameter.grad - ours).double().square().sum())
            total += float(parameter.grad.double().square().sum())
        return {"log_probabilities": float(apart), "gradient": (difference / total) ** 0.5}


@contextmanager
def timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    """Notes how long a phase takes."""
    started = time.perf_counter()
    yield
    seconds[phase] = time.perf_counter() - started


def main() -> None:
    """Serves until standard input ends."""
    contestant = Step(Path(sys.argv[1]), sys.argv[2])
    serve({"step": contestant.step, "compare": contestant.compare})


if __name__ == "__main__":
    main()
