#!/usr/bin/env bash
# Runs a packed program (eng/gpu/pack.sh) on a GPU host that has PyTorch.
#
# usage: eng/gpu/run.sh NAME ASSEMBLY [ARG...]    a program: NAME/ASSEMBLY.dll with its arguments
#        eng/gpu/run.sh NAME --tests ASSEMBLY [ARG...]    its xunit tests
set -euo pipefail
cd "$(dirname "$0")/../.."

work=${PRECISION_GPU_WORK:-/tmp/precision-gpu}
if [ ! -d "$work/programs" ]; then
  mkdir -p "$work/dotnet" "$work/programs"
  tar -C "$work/dotnet" -xJf artifacts/gpu/dotnet-*.tar.xz
  tar -C "$work/programs" -xJf artifacts/gpu/programs.tar.xz
fi

torch=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
export LD_LIBRARY_PATH="$torch:${LD_LIBRARY_PATH:-}" DOTNET_ROOT="$work/dotnet" DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
cd "$work/programs/$1"
if [ "$2" = --tests ]; then
  assembly=$3
  shift 3
  # As tests/tests.runsettings, which says why.
  export DOTNET_JITMinOpts=1 ONEDNN_MAX_CPU_ISA=AVX512_CORE_FP16
  # xunit's console runner ends with the number of failed tests, at most 255.
  # Without a deps file everything in the folder is found, the runner's own assemblies too.
  exec "$DOTNET_ROOT/dotnet" exec --runtimeconfig "$assembly.runtimeconfig.json" \
    xunit.console.dll "$assembly.dll" -nologo -nocolor "$@"
fi
assembly=$2
shift 2
exec "$DOTNET_ROOT/dotnet" "$assembly.dll" "$@"
