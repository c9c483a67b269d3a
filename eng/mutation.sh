#!/usr/bin/env bash
# Mutation testing of the operation table, of the generator's models, of the flow and of the rules: changes their code in small
# ways, one at a time, and counts which changes the tests notice. Fails below 80 %.
# Usage: eng/mutation.sh [--sample LINES [--seed SEED]] [operations] [models] [flow] [rules]; default operations and models, about ten
# minutes each on two cores. Flow and rules take hours: --sample changes so many lines only, chosen at random. Survivors are explained
# in docs/mutation-testing.md.
set -euo pipefail
cd "$(dirname "$0")/.."

case " $* " in
  *" -h "* | *" --help "*) sed -n '2,6s/^# //p' eng/mutation.sh; exit 0 ;;
esac

root=$PWD
eng/setup.sh
dotnet tool restore
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"

sample="" seed=$RANDOM parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --sample) sample=$2; shift ;;
    --seed) seed=$2; shift ;;
    operations|models|flow|rules) parts+=("$1") ;;
    *) echo "mutation: '$1' is none of 'operations', 'models', 'flow' and 'rules'" >&2; exit 2 ;;
  esac
  shift
done

mutate() { # configuration, test project
  local configuration="$root/eng/mutation/$1.json"
  if [ -n "$sample" ]; then
    dotnet run eng/mutation/sample.cs -- "$configuration" "$sample" "$seed" "$root/artifacts/mutation/$1.json"
    echo "mutation: seed $seed"
    configuration="$root/artifacts/mutation/$1.json"
  fi

  (cd "tests/$2" && dotnet stryker --config-file "$configuration" --output "$root/artifacts/mutation/$1" --skip-version-check)
  echo "mutation: artifacts/mutation/$1/reports/mutation-report.md"
}

[ ${#parts[@]} -gt 0 ] || parts=(operations models)
for part in "${parts[@]}"; do
  case $part in
    operations) mutate operations Operations.Tests ;;
    models) mutate models Generator.Tests ;;
    flow) mutate flow Flow.Tests ;;
    rules) mutate rules Analyzer.Tests ;;
  esac
done
