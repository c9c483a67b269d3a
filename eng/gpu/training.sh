#!/usr/bin/env bash
# Trains GPT-2 small with this library and with PyTorch on one GPU, checks that both did the same work, and prints one table.
# On the machine with the SDK first:   eng/gpu/pack.sh benchmarks/Training
# On the GPU host, which needs PyTorch and no .NET (three and a half minutes on an H100, half of it for torch.compile):
#
# usage: eng/gpu/training.sh [OUTPUT_FOLDER]      default: artifacts/gpu/results
set -euo pipefail
cd "$(dirname "$0")/../.."

output=$(realpath -m "${1:-artifacts/gpu/results}")
data=${PRECISION_GPU_WORK:-/tmp/precision-gpu}-data
mkdir -p "$output"
rm -f "$output"/pytorch.jsonl "$output"/precision.jsonl
[ -f "$data/weights.safetensors" ] || python3 "benchmarks/Training/prepare.py" "$data"
eng/gpu/run.sh Training Precision.Training.Benchmarks "$data" "$output/precision.jsonl"
python3 "benchmarks/Training/pytorch_baseline.py" "$data" "$output/pytorch.jsonl" --profile
python3 "benchmarks/Training/compare.py" "$output/pytorch.jsonl" "$output/precision.jsonl" | tee "$output/table.md"
