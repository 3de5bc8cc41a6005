# SPDX-License-Identifier: Apache-2.0
# Sourced by the other scripts. Finds the checkout and JDK 25, installs missing Debian packages, builds.
# Sets: top (the checkout), out (where the build leaves what the launcher needs), jdk (after find_jdk).

top=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
out=$top/modules/lab/target
aot=$out/weft.aot

die() { printf 'Error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# JDK 25 from JAVA_HOME, else the first one under /usr/lib/jvm. Reads its `release` file: no process is started.
# A container image brings a run-time of its own, and no compiler.
find_jdk() {
  local dir line
  if [[ -x $top/jre/bin/java ]]; then jdk=$top/jre; return; fi
  for dir in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [[ -n $dir && -x $dir/bin/java && -x $dir/bin/javac && -r $dir/release ]] || continue
    while IFS= read -r line; do
      [[ $line == 'JAVA_VERSION="25'[.\"+-]* ]] && { jdk=$dir; export JAVA25_HOME=$dir; return; }
    done <"$dir/release"
  done
  die "no JDK 25 in JAVA_HOME or /usr/lib/jvm: install one or set JAVA_HOME"
}

need_root() { [[ $(id -u) == 0 ]] || die "$1 needs root (network namespaces, TAP devices): run it with sudo"; }
need_tun() { [[ -c /dev/net/tun && -r /dev/net/tun && -w /dev/net/tun ]] || die "no usable /dev/net/tun: load the kernel module tun, or give the container that device"; }

installed() { [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

# Installs what is missing of the named Debian packages; on another system, or without root, says what to install.
# TOOL=PACKAGE asks for the command TOOL, whoever provides it.
need_packages() {
  local want missing=()
  for want in "$@"; do
    if [[ $want == *=* ]]; then have "${want%%=*}" || missing+=("${want#*=}")
    else installed "$want" || missing+=("$want"); fi
  done
  ((${#missing[@]})) || return 0
  [[ $(id -u) == 0 ]] && have apt-get || die "missing packages: ${missing[*]} (as root: apt-get install ${missing[*]})"
  echo "installing: ${missing[*]}"
  install_packages "${missing[@]}"
}

# Runs apt-get without questions, and with services kept from starting by a policy-rc.d of ours (an existing one is kept).
install_packages() {
  local policy=/usr/sbin/policy-rc.d ours="" log status=0
  log=$(mktemp)
  if [[ ! -e $policy ]]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; ours=$policy; fi
  { DEBIAN_FRONTEND=noninteractive apt-get -q update &&
    DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"; } </dev/null >"$log" 2>&1 || status=$?
  [[ -z $ours ]] || rm -f "$ours"
  ((status == 0)) || { tail -n 5 "$log" >&2; rm -f "$log"; die "apt-get could not install: $*"; }
  rm -f "$log"
}

# The program's class path, the same in training as ever after.
classpath() {
  local jars
  jars=$(<"$out/classpath")
  printf '%s' "$out/weft-lab.jar:${jars//lib\//$out/lib/}"
}

built() { [[ -s $out/classpath && -s $out/node.jvm && -s $out/cli.jvm && -s $out/attach.jvm ]]; }

# True when nothing that the build reads is newer than what it left.
up_to_date() {
  built || return 1
  [[ -z $(find "$top"/pom.xml "$top"/modules/*/pom.xml "$top"/modules/*/src/main -newer "$out/classpath" -type f -print -quit) ]]
}

# Builds the program without its tests. Only one build at a time; the second finds it done.
build() {
  local log status=0
  have mvn || die "no Maven: apt-get install maven"
  have flock || die "no flock: apt-get install util-linux"
  mkdir -p "$out"
  exec {lock}>"$out/build.lock"
  flock "$lock"
  if ! up_to_date; then
    echo "building (a first build fetches its libraries) ..." >&2
    log=$(mktemp)
    # Class path and flags are written last: a build that breaks off counts as no build.
    rm -f "$out/classpath"
    (cd "$top" && mvn -B -ntp -q -Dmaven.test.skip=true -pl modules/lab -am package) </dev/null >"$log" 2>&1 || status=$?
    ((status == 0)) || { grep -m 20 -E '^\[ERROR\]' "$log" >&2 || tail -n 20 "$log" >&2; rm -f "$log"; die "the build failed"; }
    rm -f "$log"
    touch "$out/classpath"
  fi
  exec {lock}>&-
}
