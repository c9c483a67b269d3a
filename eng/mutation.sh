#!/usr/bin/env bash
# Mutation testing of the operation table and of the generator's models: changes their code in small ways, one at a time, and
# counts which changes the tests notice. Fails below 80 %. Usage: eng/mutation.sh [operations] [models]; default both.
# About ten minutes each on two cores. Survivors are explained in docs/mutation-testing.md.
set -euo pipefail
cd "$(dirname "$0")/.."

case " $* " in
  *" -h "* | *" --help "*) sed -n '2,4s/^# //p' eng/mutation.sh; exit 0 ;;
esac

root=$PWD
eng/setup.sh
dotnet tool restore
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"

mutate() { # configuration, test project
  (cd "tests/$2" && dotnet stryker --config-file "$root/eng/mutation/$1.json" --output "$root/artifacts/mutation/$1" --skip-version-check)
  echo "mutation: artifacts/mutation/$1/reports/mutation-report.md"
}

[ $# -gt 0 ] || set -- operations models
for part in "$@"; do
  case $part in
    operations) mutate operations Operations.Tests ;;
    models) mutate models Generator.Tests ;;
    *) echo "mutation: '$part' is neither 'operations' nor 'models'" >&2; exit 2 ;;
  esac
done
