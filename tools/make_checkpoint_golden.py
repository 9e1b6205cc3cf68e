"""Make the golden checkpoints of the language-model tests with an independent implementation.

Small random models of every architecture, saved by transformers, with the logits or scores that transformers on torch
gives in float32 for the weights as they are stored. Run it in an environment of its own:

    python -m venv golden && golden/bin/pip install torch==2.13.0 transformers safetensors jinja2
    golden/bin/python tools/make_checkpoint_golden.py tests/sims/llm/golden/checkpoints

Nothing of flatscape is imported here.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
import torch
import transformers

VOCABULARY = 97
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "max_position_embeddings": 128,
}
GROUPED = {"num_attention_heads": 4, "num_key_value_heads": 2}
WIDE = GROUPED | {"head_dim": 8}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 256,
}
LINEAR = {"rope_type": "linear", "rope_theta": 10_000.0, "factor": 4.0}
NEOX = {
    "num_attention_heads": 2,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5},
}
LONG = {"max_position_embeddings": 8192}
GEMMA2 = WIDE | {
    "sliding_window": 8,
    "query_pre_attn_scalar": 12,
    "attn_logit_softcapping": 2.0,
    "final_logit_softcapping": 3.0,
}

# Name: architecture, head, precision, and what its configuration says.
CASES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "llama-tied": ("Llama", "ForCausalLM", "float32", GROUPED | {"tie_word_embeddings": True}),
    "llama-untied": ("Llama", "ForCausalLM", "bfloat16", GROUPED | LONG | {"rope_parameters": LLAMA3}),
    "llama-biases": (
        "Llama",
        "ForCausalLM",
        "float16",
        WIDE | LONG | {"rope_parameters": LINEAR, "attention_bias": True, "mlp_bias": True},
    ),
    "llama-score": ("Llama", "ForSequenceClassification", "float16", GROUPED | {"num_labels": 1}),
    "gpt_neox-untied": ("GPTNeoX", "ForCausalLM", "float16", NEOX),
    "gpt_neox-tied": (
        "GPTNeoX",
        "ForCausalLM",
        "bfloat16",
        NEOX | {"use_parallel_residual": False, "tie_word_embeddings": True, "hidden_act": "gelu_new"},
    ),
    "gpt_neox-score": ("GPTNeoX", "ForSequenceClassification", "float16", NEOX | {"num_labels": 1}),
    "qwen2-tied": (
        "Qwen2",
        "ForCausalLM",
        "float16",
        GROUPED
        | {"tie_word_embeddings": True, "use_sliding_window": True, "sliding_window": 6, "max_window_layers": 1},
    ),
    "qwen2-untied": ("Qwen2", "ForCausalLM", "bfloat16", GROUPED),
    "qwen2-score": ("Qwen2", "ForSequenceClassification", "float16", GROUPED | {"num_labels": 3}),
    "qwen3-tied": ("Qwen3", "ForCausalLM", "bfloat16", WIDE | {"tie_word_embeddings": True}),
    "qwen3-untied": ("Qwen3", "ForCausalLM", "float16", WIDE | {"attention_bias": True}),
    "qwen3-score": ("Qwen3", "ForSequenceClassification", "float16", WIDE | {"num_labels": 1}),
    "gemma-tied": ("Gemma", "ForCausalLM", "float16", WIDE),
    "gemma-untied": ("Gemma", "ForCausalLM", "bfloat16", WIDE | {"tie_word_embeddings": False}),
    "gemma-score": ("Gemma", "ForSequenceClassification", "float16", WIDE | {"num_labels": 1}),
    "gemma2-tied": ("Gemma2", "ForCausalLM", "float16", GEMMA2),
    "gemma2-untied": ("Gemma2", "ForCausalLM", "bfloat16", GEMMA2 | {"tie_word_embeddings": False}),
    "gemma2-score": ("Gemma2", "ForSequenceClassification", "float16", GEMMA2 | {"num_labels": 1}),
}
SHARDED = {"llama-untied", "gemma2-tied"}
WITH_TOKENIZER = "llama-tied"
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}\n"
    "    {% if message['role'] == 'system' and not loop.first %}{{ raise_exception('system first') }}{% endif %}\n"
    "[{{ message['role'] }}] {{ message['content'] | trim }}\n"
    "{% endfor %}\n"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
CHATS = [
    [["user", "the cat "]],
    [["system", "be kind"], ["user", "hello"], ["assistant", "oh"], ["user", "the end"]],
]
TEXTS = ["the cat and the hat", "hello", "the <s> end", "a"]


def rows() -> list[list[int]]:
    """Token rows of several lengths, the last beyond every sliding window."""
    random = np.random.default_rng(20_261)
    return [[5, 17, 3], [11], random.integers(VOCABULARY, size=40).tolist()]


def long_row(length: int) -> list[int]:
    """A row that tests make again from its length alone."""
    return np.random.default_rng(length).integers(VOCABULARY, size=length).tolist()


def make_model(name: str, seed: int) -> transformers.PreTrainedModel:
    """A model whose weights are large enough that attention is far from uniform and every bias matters."""
    architecture, head, _, extra = CASES[name]
    config = getattr(transformers, architecture + "Config")(**(SIZES | extra))
    # So that the reference too reads a score at the last token.
    config.pad_token_id = None
    model = getattr(transformers, architecture + head)(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if "norm" in key:
                centre = 0.0 if architecture.startswith("Gemma") or key.endswith("bias") else 1.0
                weight.copy_(centre + 0.2 * noise)
            elif key.endswith("bias"):
                weight.copy_(0.3 * noise)
            else:
                weight.copy_(1.5 * noise / weight.shape[-1] ** 0.5)
    return model


def save_tokenizer(folder: Path) -> dict[str, Any]:
    """A small BPE with a first token of its own, and a chat template; what transformers makes of texts with them."""
    merges = [("t", "h"), ("th", "e"), ("▁", "the"), ("a", "n"), ("an", "d"), ("l", "l"), ("▁", "a")]
    words = ["<unk>", "<s>", "</s>", "▁", *"abcdefghijklmnopqrstuvwxyz[]<>/", *("".join(pair) for pair in merges)]
    model = tokenizers.models.BPE({word: number for number, word in enumerate(words)}, merges, unk_token="<unk>")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    tokenizer.decoder = tokenizers.decoders.Metaspace()
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>", chat_template=CHAT_TEMPLATE
    )
    fast.save_pretrained(folder)
    chats = []
    for messages in CHATS:
        turns = [{"role": role, "content": content} for role, content in messages]
        text = fast.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        chats.append({"messages": messages, "text": text, "ids": fast.encode(text, add_special_tokens=False)})
    return {"texts": [{"text": text, "ids": fast.encode(text)} for text in TEXTS], "chats": chats}


def outputs(model: transformers.PreTrainedModel, tokens: list[int]) -> list[float]:
    """Logits or scores at the last token of one row."""
    with torch.no_grad():
        found = model(torch.tensor([tokens])).logits[0]
    last = found if found.ndim == 1 else found[-1]
    return [float(f"{value:.7g}") for value in last.double().tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    torch.set_num_threads(2)
    golden: dict[str, Any] = {"made_with": {"torch": torch.__version__, "transformers": transformers.__version__}}
    golden["rows"], golden["cases"] = rows(), {}
    for seed, (name, (_, _, precision, extra)) in enumerate(CASES.items()):
        target = folder / name
        shutil.rmtree(target, ignore_errors=True)
        model = make_model(name, seed).to(getattr(torch, precision))
        model.save_pretrained(target, max_shard_size="8KB" if name in SHARDED else "1GB")
        # transformers writes what generation uses too, which nothing here reads.
        (target / "generation_config.json").unlink(missing_ok=True)
        read = type(model).from_pretrained(target, dtype=torch.float32, attn_implementation="eager").eval()
        case: dict[str, Any] = {"outputs": [outputs(read, row) for row in golden["rows"]]}
        if "max_position_embeddings" in extra:
            lengths = [1024, 8192]
            case["long"] = [{"length": length, "outputs": outputs(read, long_row(length))} for length in lengths]
        golden["cases"][name] = case
        print(name, sum(path.stat().st_size for path in target.iterdir()), case["outputs"][0][:3])
    golden["tokenizer"] = {"folder": WITH_TOKENIZER, **save_tokenizer(folder / WITH_TOKENIZER)}
    text = json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n"
    (folder / "golden.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
