"""Make the golden file of the language-model tests with independent implementations.

Logits come from transformers' `LlamaForCausalLM` on torch in float32, with weights that transformers itself reads out
of the GGUF file. Token ids come from a plain BPE written below, over the splitting rules that llama.cpp calls
`smollm`, and are compared with transformers' own tokenizer. Run it in an environment of its own:

    python -m venv golden && golden/bin/pip install torch==2.13.0 transformers accelerate gguf regex jinja2
    golden/bin/python tools/make_llm_golden.py MODEL.gguf tests/sims/llm/golden/smollm2.json

Nothing of flatscape is imported here.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import regex
import torch
import transformers
from gguf import GGUFReader

HARD_STRINGS = [
    "Hello, world!",
    " leading and trailing spaces  ",
    "tabs\tand\nnewlines\r\n\n\n  mixed",
    "The year 1984, 3.14159, 1,000,000 and 0x1F600",
    "don't can't we're I'll he'd DON'T",
    "naïve café Ünïcödé ß œuvre",
    "Привет, мир",
    "こんにちは世界",
    "العربية مرحبا",
    "emoji: 😀👩‍👩‍👧‍👦🇫🇷",
    "H₂O ½ Ⅳ ²³ ٣٤",
    "<|im_start|>user\nhi<|im_end|>\n<|endoftext|>",
    "<|im_start|> not <|im_ end|>",
    "def f(x):\n    return x ** 2  # comment\n",
    "\u200bzero\u00a0width\u2003spaces",
    "a\u0301 combining",
    "\x00\x01 control \x7f",
    "ALLCAPSandcamelCase_snake_case",
    "!!!???...---###",
    "                    twenty spaces",
    "1",
    "x",
    "\n",
    "𝒻𝒶𝓃𝒸𝓎 \U0010ffff",
    "price: $5.00/€4,50; 50%",
]

PROMPTS = [
    "The",
    "The capital of France is",
    "Once upon a time, in a land far away, there lived",
    "2 + 2 =",
    "def fibonacci(n):\n    if n < 2:\n        return n\n    return",
    "Die Hauptstadt von Deutschland ist",
    "I slept deeply, the sun is shining and today is my birthday.\nThis morning I woke up feeling",
    "The quick brown fox jumps over the lazy dog. " * 12 + "The quick brown",
]

CHATS = [
    [("user", "Name a colour.")],
    [("system", "Be brief."), ("user", "Hi!"), ("assistant", "Hello."), ("user", "What is 12 times 12?")],
]


def byte_symbols() -> list[str]:
    """The visible character that stands for each byte, as in GPT-2's encoder."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols, extra = [], 0
    for byte in range(256):
        if byte in visible:
            symbols.append(chr(byte))
        else:
            symbols.append(chr(256 + extra))
            extra += 1
    return symbols


class PlainTokenizer:
    """Byte-level BPE by the book: split, then merge the most preferred pair until none is left."""

    pieces = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")

    def __init__(self, reader: GGUFReader) -> None:
        tokens = reader.fields["tokenizer.ggml.tokens"].contents()
        kinds = reader.fields["tokenizer.ggml.token_type"].contents()
        merges = reader.fields["tokenizer.ggml.merges"].contents()
        self.ids = {token: number for number, token in enumerate(tokens)}
        self.ranks = {tuple(merge.split(" ")): rank for rank, merge in enumerate(merges)}
        control = [token for token, kind in zip(tokens, kinds, strict=True) if kind == 3]
        self.control = regex.compile("(" + "|".join(regex.escape(token) for token in control) + ")")
        self.symbols = byte_symbols()

    def __call__(self, text: str) -> list[int]:
        ids: list[int] = []
        for number, part in enumerate(self.control.split(text)):
            if number % 2:
                ids.append(self.ids[part])
            else:
                for run in regex.findall(r"\p{N}|\P{N}+", part):
                    for piece in self.pieces.findall(run):
                        ids += self.merge([self.symbols[byte] for byte in piece.encode("utf-8")])
        return ids

    def merge(self, word: list[str]) -> list[int]:
        """The token ids of one piece, given as the characters of its bytes."""
        while len(word) > 1:
            pairs = list(itertools.pairwise(word))
            best = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            merged, place = [], 0
            while place < len(word):
                joined = tuple(word[place : place + 2]) == best
                merged.append("".join(best) if joined else word[place])
                place += 2 if joined else 1
            word = merged
        # A byte whose symbol the vocabulary lacks has no token at all; tokenizers leaves it out too.
        return [self.ids[symbol] for symbol in word if symbol in self.ids]


def main() -> None:
    """Makes the golden file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("golden", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    folder, name = arguments.model.parent, arguments.model.name
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
    double = copy.deepcopy(model).double()
    reference = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=name)
    plain = PlainTokenizer(GGUFReader(arguments.model))

    chats = rendered_chats(reference)
    generator = np.random.default_rng(20250321)
    subset = np.sort(generator.choice(model.config.vocab_size, 200, replace=False)).tolist()
    texts = PROMPTS + [chat["text"] for chat in chats]
    golden = {
        "made_with": {"torch": torch.__version__, "transformers": transformers.__version__},
        "model_sha256": hashlib.sha256(arguments.model.read_bytes()).hexdigest(),
        "strings": encoded_strings(plain, reference),
        "chats": chats,
        "subset_ids": subset,
        "prompts": [next_token(text, plain(text), model, double, reference, subset) for text in texts],
    }
    write_json(arguments.golden, golden)


def encoded_strings(plain: PlainTokenizer, reference: Any) -> list[dict[str, Any]]:
    """The token ids of `HARD_STRINGS`, and whether transformers' own tokenizer gives the same."""
    strings = []
    for text in HARD_STRINGS:
        ids, theirs = plain(text), reference.encode(text, add_special_tokens=False)
        if ids != theirs:
            print(f"transformers differs on {text!r}: {theirs} instead of {ids}")
        strings.append({"text": text, "ids": ids, "transformers_agrees": ids == theirs})
    return strings


def rendered_chats(reference: Any) -> list[dict[str, Any]]:
    """`CHATS` as texts, by the model's own template."""
    chats = []
    for messages in CHATS:
        turns = [{"role": role, "content": content} for role, content in messages]
        text = reference.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        chats.append({"messages": messages, "text": text})
    return chats


def next_token(text: str, ids: list[int], model: Any, double: Any, reference: Any, subset: list[int]) -> dict[str, Any]:
    """The logits of the token after a text, in float32 and float64: the largest ones, and those of a subset."""
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, -1].numpy().astype(np.float64)
        exact = double(torch.tensor([ids])).logits[0, -1].numpy()
    top = np.argsort(-logits, kind="stable")[:50].tolist()
    shown = repr(text[-30:]), repr(reference.decode(top[:1])), round(float(logits.max()), 4)
    print(len(ids), *shown, f"float32 - float64: {np.abs(logits - exact).max():.1e}")
    return {
        "text": text,
        "ids": ids,
        "top_ids": top,
        "top_logits": [round(float(logits[k]), 6) for k in top],
        "top_logits_double": [round(float(exact[k]), 6) for k in top],
        "subset_logits": [round(float(logits[k]), 6) for k in subset],
        "sum": float(logits.sum()),
        "sum_of_squares": float((logits**2).sum()),
    }


def write_json(path: Path, content: object) -> None:
    """Writes compact JSON in one step, through a temporary file beside it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=None, separators=(",", ":"))
        stream.write("\n")
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)


if __name__ == "__main__":
    main()
