#!/usr/bin/env bash
# Trains GPT-2 on one GPU and on all of a host, with this library and with PyTorch's DistributedDataParallel, and prints what the
# further GPUs bring.
# On the machine with the SDK first:   eng/gpu/pack.sh benchmarks/Training
# On the GPU host, which needs PyTorch and no .NET:
#
# usage: eng/gpu/parallel.sh [SIZE]      a size of benchmarks/Training/contract.json; default: gpt2
set -euo pipefail
cd "$(dirname "$0")/../.."

size=${1:-gpt2}
gpus=$(nvidia-smi --list-gpus | wc -l)
output=$(realpath -m artifacts/gpu/results)
data=${PRECISION_GPU_WORK:-/tmp/precision-gpu}-data-$size
modes=${PRECISION_MODES:-bf16 autocast;bf16 true;bf16 autocast, fused;bf16 true, fused}
theirs=${PRECISION_PYTORCH_MODES:-bf16 autocast;bf16 true;bf16 autocast, model and loss compiled;bf16 true, model and loss compiled}
mkdir -p "$output"
rm -f "$output/parallel-$size.jsonl"
[ -f "$data/weights.safetensors" ] || python3 benchmarks/Training/prepare.py "$data" --size "$size"

ours() { eng/gpu/run.sh Training Precision.Training.Benchmarks "$data" "$output/parallel-$size.jsonl" --size "$size" --modes "$modes" "$@"; }
export -f ours
export data output size modes
on_all() { torchrun --no-python --nproc-per-node "$gpus" "$@"; }

ours
for overlap in true false; do
    export overlap
    on_all bash -c 'ours --parallel data --overlap $overlap'
    on_all bash -c 'ours --parallel sharded --overlap $overlap'
done
python3 benchmarks/Training/pytorch_baseline.py "$data" "$output/parallel-$size.jsonl" --size "$size" --modes "$theirs"
torchrun --nproc-per-node "$gpus" benchmarks/Training/pytorch_baseline.py "$data" "$output/parallel-$size.jsonl" --size "$size" --modes "$theirs"
python3 benchmarks/Training/parallel_table.py "$output/parallel-$size.jsonl" | tee "$output/parallel-$size.md"
