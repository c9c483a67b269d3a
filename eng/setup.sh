#!/usr/bin/env bash
# Makes sure that this machine can load TorchSharp's native library and start the tests of several ranks, and changes nothing where it
# already can.
#
# libLibTorchSharp.so 0.107.0 needs GLIBCXX_3.4.32, the libstdc++ of GCC 13 (Debian 13, Ubuntu 24.04, Fedora 38 or
# later). Debian 12 has an older one; there, as root, the library is taken from Debian 13 through the mirror that apt
# already uses. The Debian 13 source lives only for this one call: no later `apt-get` sees it.
set -euo pipefail

readonly needed=GLIBCXX_3.4.32

has_needed_libstdcxx() {
  local library
  while read -r library; do
    grep -qa "$needed" "$library" && return 0
  done < <(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | awk '$1 == "libstdc++.so.6" && /x86-64|AArch64/ { print $NF }')
  return 1
}

explain_and_fail() {
  cat >&2 <<TEXT
setup: TorchSharp's native library needs a libstdc++ that offers $needed (GCC 13), and this machine has none.
       $1
       Remedy: use Debian 13, Ubuntu 24.04, Fedora 38 or later; or on Debian 12 run eng/setup.sh as root; or put a
       newer libstdc++.so.6 (conda's libstdcxx-ng, for example) first on LD_LIBRARY_PATH.
TEXT
  exit 1
}

# The mirror of the first enabled Debian entry, in either of apt's two formats.
debian_mirror() {
  {
    sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' /etc/apt/sources.list.d/*.sources
    sed -n 's/^deb[[:space:]]\+\(\[[^]]*\][[:space:]]*\)\?\([^[:space:]]*\).*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list
  } 2>/dev/null | grep -m 1 '/debian/\?$' || true
}

install_from_debian_13() {
  local mirror work apt_trixie
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || explain_and_fail "No Debian mirror was found in /etc/apt."
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder's name is wanted now
  trap "rm -rf '$work'" EXIT
  mkdir -p "$work/lists/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$work/trixie.list"
  chmod -R a+rX "$work"
  apt_trixie=(apt-get -q -y -o "Dir::Etc::SourceList=$work/trixie.list" -o Dir::Etc::SourceParts=-
    -o "Dir::State::Lists=$work/lists" -o Dpkg::Options::=--force-confold)
  export DEBIAN_FRONTEND=noninteractive
  echo "setup: taking libstdc++6 from Debian 13 (offers $needed; upgrades libc6 too)"
  "${apt_trixie[@]}" update
  "${apt_trixie[@]}" install --no-install-recommends libstdc++6
}

# mpirun and the library. Without them the tests of several ranks skip, so that only where they can be had is their lack an error.
see_to_open_mpi() {
  ! command -v mpirun > /dev/null || return 0
  if [ "${ID:-}" = debian ] && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    echo "setup: installing Open MPI, which starts the tests of several ranks"
    apt-get -q -y update
    apt-get -q -y install --no-install-recommends openmpi-bin
  else
    echo "setup: there is no mpirun, so the tests of several ranks will skip. Remedy: install Open MPI (openmpi-bin)." >&2
  fi
}

[ "$(uname -s)" = Linux ] || exit 0
[ -r /etc/os-release ] && . /etc/os-release
see_to_open_mpi
has_needed_libstdcxx && exit 0

[ "${ID:-}" = debian ] || explain_and_fail "This script installs it only on Debian; this is ${PRETTY_NAME:-an unknown system}."
[ "$(id -u)" = 0 ] || explain_and_fail "Installing it needs root."
install_from_debian_13
has_needed_libstdcxx || explain_and_fail "The package from Debian 13 was installed and still does not offer it."
