#!/usr/bin/env bash
# The main job, in under six minutes on two cores: builds the sample, trains a GPT in BFloat16 on a whole book, on the CPU, fails
# unless the validation loss falls by at least 25 %, and compares float32, BFloat16 and Float16 on a small model. Arguments go to the
# sample's `train` (`eng/demo.sh --help` lists them).
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n==> %s\n' "$*"; }
sample() { dotnet run --project samples/TextGeneration -c Release --no-build -- "$@"; }

say "Native prerequisites of TorchSharp"
eng/setup.sh
echo "present"

say "Building the sample, the library and the generator"
dotnet build samples/TextGeneration -c Release --nologo -v minimal

for argument in "$@"; do
  case "$argument" in -h | --help | -\?) sample train --help; exit ;; esac
done

# Threads that spin while they wait for each other stall many times over when another process wants a core too.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
# TorchSharp's temporaries stay alive through native calls in unoptimized code (docs/troubleshooting.md).
export DOTNET_JITMinOpts="${DOTNET_JITMinOpts:-1}"
say "Training (Ctrl-C stops it and keeps a checkpoint)"
sample train --require-fall 25 "$@"

say "Hardware"
sample hardware

say "Comparing float32, BFloat16 and Float16 on a small model (Float16 gets fewer steps where the CPU has to emulate it)"
sample compare --size tiny --minutes 0.75

say "Done in $((SECONDS / 60)) min $((SECONDS % 60)) s"
