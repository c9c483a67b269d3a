#!/usr/bin/env bash
# Makes the NuGet package of the current commit: artifacts/package/*.nupkg, and *.snupkg with its symbols. Runs no test.
#
# The package is built twice, in two folders, and both must give the same bytes; times inside it are the commit's.
set -euo pipefail
cd "$(dirname "$0")/.."

out=artifacts/package
work=$(mktemp -d)
cleanup() {
  for copy in "$work"/*/; do git worktree remove --force "$copy"; done
  rm -rf "$work"
}
trap cleanup EXIT

[ -z "$(git status --porcelain)" ] || echo "pack: uncommitted changes are not in the package" >&2
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

for copy in first second; do
  git worktree add --quiet --detach "$work/$copy"
  dotnet pack "$work/$copy/src/Runtime" -c Release -p:ContinuousIntegrationBuild=true -o "$work/$copy/$out" --nologo -v quiet
done

rm -rf "$out"
mkdir -p "$out"
for package in "$work/first/$out"/*; do
  cmp "$package" "$work/second/$out/$(basename "$package")" || { echo "pack: two builds differ" >&2; exit 1; }
  cp "$package" "$out/"
done

for package in "$out"/*; do
  echo
  echo "$package ($(sha256sum "$package" | cut -d ' ' -f 1))"
  dotnet run eng/contents.cs -- "$package"
done
