#!/usr/bin/env bash
# Packs what a GPU host needs that has PyTorch and no .NET: the .NET runtime as one archive, and published programs without
# libtorch (PyTorch's is used there). Everything goes to artifacts/gpu, which git ignores; eng/gpu/run.sh runs it there.
#
# usage: eng/gpu/pack.sh PROJECT...      for example: eng/gpu/pack.sh tests/Runtime.Tests
set -euo pipefail
cd "$(dirname "$0")/../.."

out=artifacts/gpu
mkdir -p "$out"
rm -rf "${out:?}"/programs
root=$(dirname "$(readlink -f "$(command -v dotnet)")")
version=$(dotnet --list-runtimes | awk '$1 == "Microsoft.NETCore.App" && $2 ~ /^10\./ { print $2 }' | tail -n 1)

if [ ! -f "$out/dotnet-$version.tar.xz" ]; then
  rm -f "$out"/dotnet-*.tar.xz
  tar -C "$root" -cf - dotnet host "shared/Microsoft.NETCore.App/$version" | xz -T0 > "$out/dotnet-$version.tar.xz"
fi

dotnet restore eng/gpu/TestRunner.csproj
packages=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')

for project in "$@"; do
  name=$(basename "$project")
  dotnet publish "$project" -c Release -p:LibTorch=none -r linux-x64 --self-contained false -o "$out/programs/$name"
  # Native libraries of other platforms and debugging files travel for nothing.
  rm -rf "$out/programs/$name/runtimes" "$out/programs/$name"/*.pdb
  cp "$packages"/xunit.runner.console/2.4.1/tools/netcoreapp2.0/xunit.*.dll "$out/programs/$name/" 2>/dev/null || true
done
tar -C "$out/programs" -cf - . | xz -T0 > "$out/programs.tar.xz"
rm -rf "${out:?}"/programs
du -sh "$out"
