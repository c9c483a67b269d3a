#!/usr/bin/env python3
"""Writes what both sides of the benchmark read: the text as token ids, and the initial weights of the model.

tokens.bin           little-endian int32: words, spaces and punctuation of the text, numbered by frequency
weights.safetensors  float32, in the safetensors format, named as in both models' state dicts
"""

from __future__ import annotations

import argparse
import json
import re
import struct
from collections import Counter
from pathlib import Path

import torch

import contract

HERE = Path(__file__).resolve().parent


def token_ids(text: str, vocabulary: int) -> list[int]:
    """Numbers words (with the space before them) and punctuation by frequency, then by the order of their letters."""
    pieces = re.findall(r" ?[A-Za-z]+| ?[0-9]+|\s|[^A-Za-z0-9\s]", text)
    ranked = sorted(Counter(pieces).items(), key=lambda entry: (-entry[1], entry[0]))
    if len(ranked) > vocabulary:
        raise SystemExit(f"The text has {len(ranked)} different tokens, more than the vocabulary of {vocabulary}.")
    number = {piece: index for index, (piece, _) in enumerate(ranked)}
    return [number[piece] for piece in pieces]


def initial_weights(size: contract.Size, seed: int) -> dict[str, torch.Tensor]:
    """GPT-2's initialisation: deviation 0.02, projections into the residual stream smaller by the root of their number."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int, deviation: float = 0.02) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * deviation

    residual = 0.02 / (2 * size.layers) ** 0.5
    width = size.width
    weights = {"tokens.weight": normal(size.vocabulary, width), "positions.weight": normal(size.context, width)}
    for layer in range(size.layers):
        block = f"blocks.{layer}."
        for norm in ("norm1", "norm2"):
            weights[f"{block}{norm}.weight"] = torch.ones(width)
            weights[f"{block}{norm}.bias"] = torch.zeros(width)
        for name, (out, into), deviation in (
            ("attention", (3 * width, width), 0.02),
            ("projection", (width, width), residual),
            ("widen", (4 * width, width), 0.02),
            ("narrow", (width, 4 * width), residual),
        ):
            weights[f"{block}{name}.weight"] = normal(out, into, deviation=deviation)
            weights[f"{block}{name}.bias"] = torch.zeros(out)
    weights["norm.weight"] = torch.ones(width)
    weights["norm.bias"] = torch.zeros(width)
    return weights


def write_safetensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    header, offset = {}, 0
    for name, tensor in tensors.items():
        end = offset + 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    encoded = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        for tensor in tensors.values():
            file.write(tensor.contiguous().numpy().tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--size", default="gpt2", help="a size of contract.json (default: gpt2)")
    parser.add_argument("--text", type=Path, default=HERE / "../../samples/TextGeneration/Data/moby-dick.txt")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sizes, _ = contract.load(HERE / "contract.json")
    size = sizes[arguments.size]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    ids = token_ids(arguments.text.read_text(encoding="utf-8"), size.vocabulary)
    (arguments.folder / "tokens.bin").write_bytes(struct.pack(f"<{len(ids)}i", *ids))
    write_safetensors(arguments.folder / "weights.safetensors", initial_weights(size, arguments.seed))
    print(f"{len(ids):,} tokens, {max(ids) + 1:,} different; {size.parameters:,} parameters")


if __name__ == "__main__":
    main()
