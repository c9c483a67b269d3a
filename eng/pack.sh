#!/usr/bin/env bash
# Makes the NuGet packages of the current commit: artifacts/package/*.nupkg, and *.snupkg with their symbols. Runs no test.
#
# They are built twice, in two folders, and both must give the same bytes; times inside them are the commit's.
set -euo pipefail
cd "$(dirname "$0")/.."

out=artifacts/package
work=$(mktemp -d)
cleanup() {
  for copy in "$work"/*/; do git worktree remove --force "$copy"; done
  rm -rf "$work"
}
trap cleanup EXIT

[ -z "$(git status --porcelain)" ] || echo "pack: uncommitted changes are not in the packages" >&2
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

for copy in first second; do
  git worktree add --quiet --detach "$work/$copy"
  for project in Runtime Reports; do
    dotnet pack "$work/$copy/src/$project" -c Release -p:ContinuousIntegrationBuild=true -o "$work/$copy/$out" --nologo -v quiet
  done
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
