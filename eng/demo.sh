#!/usr/bin/env bash
# The main job: builds the sample and trains a GPT in BFloat16 on a whole book, on the CPU. Fails unless the validation loss
# falls by at least 25 %. Arguments go to the sample's `train` (`eng/demo.sh --help` lists them).
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n==> %s\n' "$*"; }

say "Native prerequisites of TorchSharp"
eng/setup.sh
echo "present"

say "Building the sample, the library and the generator"
dotnet build samples/TextGeneration -c Release --nologo -v minimal

# Threads that spin while they wait for each other stall many times over when another process wants a core too.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
say "Training (Ctrl-C stops it and keeps a checkpoint)"
dotnet run --project samples/TextGeneration -c Release --no-build -- train --require-fall 25 "$@"

say "Done in $((SECONDS / 60)) min $((SECONDS % 60)) s"
