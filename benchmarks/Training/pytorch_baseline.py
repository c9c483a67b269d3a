#!/usr/bin/env python3
"""Trains the benchmark's GPT-2 with PyTorch and writes one JSON line a mode: the other side of the C# program beside it."""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

import contract

HERE = Path(__file__).resolve().parent


class Block(nn.Module):
    def __init__(self, size: contract.Size):
        super().__init__()
        width = size.width
        self.heads = size.heads
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x):
        batch, length, width = x.shape
        query, key, value = (
            part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for part in self.attention(self.norm1(x)).chunk(3, dim=-1)
        )
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.projection(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.narrow(F.gelu(self.widen(self.norm2(x))))


class Gpt2(nn.Module):
    def __init__(self, size: contract.Size):
        super().__init__()
        self.tokens = nn.Embedding(size.vocabulary, size.width)
        self.positions = nn.Embedding(size.context, size.width)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.width)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.tokens.weight)


@dataclass(frozen=True)
class Mode:
    storage: torch.dtype
    region: torch.dtype | None
    compiled: str = "no"  # no, model, model and loss
    float32_loss: bool = False  # casts the logits before the loss; else the loss is as the region or the storage makes it


MODES = {
    "float32": Mode(torch.float32, None),
    "bf16 autocast": Mode(torch.float32, torch.bfloat16),
    "fp16 autocast": Mode(torch.float32, torch.float16),
    "bf16 parameters in a region": Mode(torch.bfloat16, torch.bfloat16),
    "bf16 true": Mode(torch.bfloat16, None),
    "bf16 autocast, model compiled": Mode(torch.float32, torch.bfloat16, "model"),
    "bf16 autocast, model and loss compiled": Mode(torch.float32, torch.bfloat16, "model and loss"),
    "bf16 true, model compiled": Mode(torch.bfloat16, None, "model"),
    "bf16 true, model and loss compiled": Mode(torch.bfloat16, None, "model and loss", float32_loss=True),
}


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    return {
        name: torch.frombuffer(
            bytearray(data[8 + length + entry["data_offsets"][0] : 8 + length + entry["data_offsets"][1]]), dtype=torch.float32
        ).view(entry["shape"])
        for name, entry in header.items()
    }


class Batches:
    """Windows of the text one after the other, from the beginning again at its end; all of it lies on the device."""

    def __init__(self, path: Path, size: contract.Size, device: torch.device):
        self.tokens = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.int32).to(device).long()
        self.size = size
        self.count = (len(self.tokens) - 1) // size.tokens

    def __getitem__(self, step: int):
        start = step % self.count * self.size.tokens
        shape = (self.size.batch, self.size.context)
        return self.tokens[start : start + self.size.tokens].view(shape), self.tokens[start + 1 : start + 1 + self.size.tokens].view(shape)


def gpu_time_by_kind(trace) -> dict[str, float]:
    """Milliseconds of kernels by kind of work, for one profiled stretch."""
    kinds = (
        ("attention", ("flash", "fmha", "attention")),
        ("matrix products", ("gemm", "nvjet", "cutlass", "splitk")),
        ("layer norm", ("layer_norm", "layernorm", "gammabeta", "rowwisemoments")),
        ("softmax and loss", ("softmax", "nll", "cross_entropy")),
        ("gelu", ("gelu",)),
        ("optimizer", ("adam", "multi_tensor", "foreach")),
        ("reductions", ("reduce_kernel",)),
        ("copies and casts", ("copy", "memcpy", "cat")),
        ("fills", ("fill", "memset")),
        ("embedding", ("embedding", "index")),
        ("triton", ("triton",)),
        ("elementwise", ("elementwise",)),
    )
    times: dict[str, float] = {}
    for event in trace.key_averages():
        if event.device_type != torch.autograd.DeviceType.CUDA or event.self_device_time_total <= 0:
            continue
        name = event.key.lower()
        kind = next((kind for kind, words in kinds if any(word in name for word in words)), "other")
        times[kind] = times.get(kind, 0.0) + event.self_device_time_total / 1000
    return times


def run(name: str, size: contract.Size, optimizer_options: dict, arguments) -> dict:
    mode = MODES[name]
    device = torch.device(arguments.device)
    cuda = device.type == "cuda"
    ranks, rank = (dist.get_world_size(), dist.get_rank()) if dist.is_initialized() else (1, 0)
    torch._dynamo.reset()
    model = Gpt2(size)
    model.load_state_dict(read_safetensors(arguments.data / "weights.safetensors"))
    model.to(device=device, dtype=mode.storage)
    if mode.storage != torch.float32 and mode.region is not None:
        for module in model.modules():
            if isinstance(module, nn.LayerNorm):
                module.float()
    groups = [
        {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": optimizer_options["weight_decay"]},
        {"params": [p for p in model.parameters() if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(
        groups,
        lr=optimizer_options["learning_rate"],
        betas=(optimizer_options["beta1"], optimizer_options["beta2"]),
        eps=optimizer_options["epsilon"],
        fused=True,
    )
    scaler = torch.amp.GradScaler(device.type, enabled=mode.region == torch.float16)
    batches = Batches(arguments.data / "tokens.bin", size, device)
    observed = {}
    parallel = nn.parallel.DistributedDataParallel(model, device_ids=[device.index], gradient_as_bucket_view=True) if ranks > 1 else model
    forward = torch.compile(parallel) if mode.compiled == "model" else parallel

    def loss_of(x, y):
        logits = forward(x)
        if mode.compiled == "no":
            observed["logits"] = str(logits.dtype).removeprefix("torch.")
        if mode.float32_loss:
            logits = logits.float()
        return F.cross_entropy(logits.view(-1, size.vocabulary), y.view(-1))

    objective = torch.compile(loss_of) if mode.compiled == "model and loss" else loss_of
    region = (lambda: torch.autocast(device.type, mode.region)) if mode.region is not None else nullcontext
    losses: list[torch.Tensor] = []

    def step(index: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = optimizer_options["learning_rate"] * min(1.0, (index + 1) / optimizer_options["warmup_steps"])
        x, y = batches[index * ranks + rank]
        optimizer.zero_grad(set_to_none=True)
        with region():
            loss = objective(x, y)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.detach())

    def synchronize() -> None:
        if cuda:
            torch.cuda.synchronize()
        if ranks > 1:
            dist.barrier()

    index = 0
    for _ in range(arguments.warmup):
        step(index)
        index += 1
    synchronize()
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    milliseconds, host = [], []
    for _ in range(arguments.rounds):
        begin = time.perf_counter()
        for _ in range(arguments.steps):
            step(index)
            index += 1
        enqueued = time.perf_counter()
        synchronize()
        milliseconds.append((time.perf_counter() - begin) * 1000 / arguments.steps)
        host.append((enqueued - begin) * 1000 / arguments.steps)
    peak = torch.cuda.max_memory_allocated() if cuda else 0
    profile = {}
    if arguments.profile and cuda:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as trace:
            for _ in range(5):
                step(index)
                index += 1
            synchronize()
        profile = {kind: total / 5 for kind, total in gpu_time_by_kind(trace).items()}
        if arguments.kernels:
            print(trace.key_averages().table(sort_by="self_cuda_time_total", row_limit=40, max_name_column_width=90), file=sys.stderr)
    dtypes = {parameter_name: str(p.dtype).removeprefix("torch.") for parameter_name, p in model.named_parameters()}
    ordered = sorted(milliseconds)
    means = torch.stack(losses).float()
    if ranks > 1:
        dist.all_reduce(means, dist.ReduceOp.AVG)
    return {
        "side": f"PyTorch {torch.__version__}",
        "mode": name if ranks == 1 else f"{name}, {ranks} ranks",
        "milliseconds": ordered[len(ordered) // 2],
        "rounds": milliseconds,
        "host_milliseconds": sorted(host)[len(host) // 2],
        "peak_bytes": peak,
        "losses": means.tolist(),
        "profile": profile,
        "loss_scale": scaler.get_scale() if scaler.is_enabled() else None,
        "contract": {
            "parameters": sum(p.numel() for p in model.parameters()),
            "matrices": dtypes["blocks.0.widen.weight"],
            "norms": dtypes["norm.weight"],
            "region": "none" if mode.region is None else str(mode.region).removeprefix("torch."),
            "logits": observed.get("logits", "float32" if mode.float32_loss else "bfloat16"),
            "tokens_per_step": size.tokens * ranks,
            **optimizer_options,
        },
    }


def largest_product(device: torch.device, dtype: torch.dtype) -> float:
    """TFLOP/s of a square matrix product, as fast as the device does it."""
    n = 8192
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(12):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        a @ b
        end.record()
        torch.cuda.synchronize()
        best = min(best, begin.elapsed_time(end))
    return 2 * n**3 / best / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that prepare.py wrote")
    parser.add_argument("output", type=Path, help="the file to append JSON lines to")
    parser.add_argument("--size", default="gpt2")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--modes", default=";".join(MODES), help=f"separated by ';'. All: {'; '.join(MODES)}")
    parser.add_argument("--warmup", type=int, default=20, help="steps before the clock starts")
    parser.add_argument("--steps", type=int, default=10, help="steps of a timed round")
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds; the median counts")
    parser.add_argument("--profile", action="store_true", help="also sum kernel times by kind over 5 steps")
    parser.add_argument("--kernels", action="store_true", help="with --profile: print the longest kernels")
    arguments = parser.parse_args()
    sizes, optimizer_options = contract.load(HERE / "contract.json")
    # As the C# side: float32 products in TF32, which TorchSharp and PyTorch leave to the user.
    torch.backends.cuda.matmul.allow_tf32 = True
    if "RANK" in os.environ:  # torchrun started this: one process a GPU
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        arguments.device = f"cuda:{os.environ['LOCAL_RANK']}"
        dist.init_process_group("nccl", device_id=torch.device(arguments.device))
    first = not dist.is_initialized() or dist.get_rank() == 0
    with (arguments.output if first else Path(os.devnull)).open("a") as output:
        if torch.device(arguments.device).type == "cuda":
            for dtype in (torch.bfloat16, torch.float16):
                rate = largest_product(torch.device(arguments.device), dtype)
                json.dump({"product": str(dtype).removeprefix("torch."), "tflops": rate, "device": torch.cuda.get_device_name()}, output)
                output.write("\n")
        for name in (name.strip() for name in arguments.modes.split(";")):
            result = run(name, sizes[arguments.size], optimizer_options, arguments)
            json.dump(result, output)
            output.write("\n")
            output.flush()
            if first:
                print(f"{name}: {result['milliseconds']:.2f} ms, {result['peak_bytes'] / 2**30:.2f} GiB, loss {result['losses'][-1]:.4f}", flush=True)
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
