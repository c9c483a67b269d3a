#!/usr/bin/env bash
# All tests. Prints one closing line: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/.."

eng/setup.sh
results=artifacts/test-results
rm -rf "$results"
export SNAPSHOOTER_STRICT_MODE=true
# Threads of libtorch that spin while they wait for each other stall as soon as another test process wants a core.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
# Where eng/setup.sh has seen to Open MPI, the tests of several ranks fail rather than skip.
if command -v mpirun > /dev/null; then export TESTS_NEED_MPI=1; fi

status=0
dotnet build Precision.sln -c Release || exit 1
dotnet test Precision.sln -c Release --no-build --logger trx --results-directory "$results" || status=$?

# The counters of every project's result file, added up.
count() { grep -ho " $1=\"[0-9]*\"" "$results"/*.trx | grep -o '[0-9]*' | awk '{ sum += $1 } END { print sum + 0 }'; }
total=$(count total)
executed=$(count executed)
passed=$(count passed)
echo "$passed passed, $((executed - passed)) failed, $((total - executed)) skipped"
[ "$passed" -gt 0 ] || { echo "test: no test ran" >&2; exit 1; }
exit "$status"
