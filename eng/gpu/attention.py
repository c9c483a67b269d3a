"""Computes the attention of tests/Runtime.Tests/CompilerServices/Attention.cs in PyTorch's autocast, for comparison.

usage: attention.py FILE [DEVICE]    writes parameters, input, result and gradients of each dtype as JSON; DEVICE: cuda

The head is marked [FullPrecision] there: autocast off and float32 inputs, and TorchSharp's linear, a product and a sum.
"""
import json
import math
import sys

import torch
from torch import nn

WIDTH = 8


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, 2)

    def forward(self, x):
        scores = self.query(x).matmul(self.key(x).transpose(-2, -1)) / math.sqrt(WIDTH)
        weights = torch.softmax(scores, -1)
        mixed = weights.matmul(self.value(x))
        with torch.autocast(x.device.type, enabled=False):
            return mixed.float().matmul(self.head.weight.t()) + self.head.bias, weights


def tensor(value):
    return {"shape": list(value.shape), "values": value.detach().float().cpu().flatten().tolist()}


def run(dtype, device, sequences, length):
    model, x = Attention().to(device), 4 * torch.randn(sequences, length, WIDTH, device=device)
    with torch.autocast(device, dtype=dtype, cache_enabled=False):
        result, weights = model(x)
    factor = torch.randn_like(result)
    (result * factor).sum().backward()
    return {
        "dtype of weights": str(weights.dtype).removeprefix("torch."),
        "tensors": {"x": tensor(x), "factor": tensor(factor), "result": tensor(result), "weights": tensor(weights)},
        "parameters": {name: tensor(value) for name, value in model.named_parameters()},
        "gradients": {name: tensor(value.grad) for name, value in model.named_parameters()},
    }


def main(path, device="cuda"):
    torch.manual_seed(20)
    runs = {name: run(dtype, device, 4, 64) for name, dtype in (("Float16", torch.float16), ("BFloat16", torch.bfloat16))}
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"torch": torch.__version__, "device": device, "runs": runs}, file)
    print(f"{path}: PyTorch {torch.__version__} on {device}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
