#!/usr/bin/env bash
# Compares attention in a generated region with PyTorch's own autocast, on a GPU host that has PyTorch. Before it, where .NET is:
# eng/gpu/pack.sh tests/Runtime.Tests
set -euo pipefail
cd "$(dirname "$0")/../.."

export PRECISION_PYTORCH_ATTENTION="${PRECISION_GPU_WORK:-/tmp/precision-gpu}-attention.json"
python3 eng/gpu/attention.py "$PRECISION_PYTORCH_ATTENTION"
exec eng/gpu/run.sh Runtime.Tests --tests Precision.Runtime.Tests -class Precision.Runtime.Tests.Cuda.PyTorchAutocastTests
