# Shared by the set-up's parts: what a component is, how progress is shown, what counts as missing. Sourced by setup.sh.
# shellcheck shell=bash

started=$SECONDS
times=()   # "seconds name" of every component made in this run
missing=() # sentences: what could not be had, and the command that would get it

say() { printf '%s\n' "$*" >&2; }
die() {
  say "set-up: $*"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# step TEXT COMMAND...: runs COMMAND quietly, shows TEXT and the seconds it took; on failure shows the end of its output.
step() {
  local text=$1 from=$SECONDS log status=0
  shift
  log=$(mktemp "$cache/log.XXXXXX")
  printf '  %s ...' "$text" >&2
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -eq 0 ]; then
    printf ' %d s\n' $((SECONDS - from)) >&2
  else
    printf ' failed (exit %d)\n' "$status" >&2
    tail -n 40 "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

# component NAME KEY FUNCTION: a folder $cache/NAME-KEY that FUNCTION fills, once. The stamp comes last, so a set-up that was killed
# leaves a folder without one, which the next set-up makes anew. $view/NAME points to the folder.
component() {
  local name=$1 folder=$cache/$1-$2 from=$SECONDS
  if [ ! -f "$folder/.done" ]; then
    say "$name"
    rm -rf "$folder"
    mkdir -p "$folder"
    "$3" "$folder" || return 1
    touch "$folder/.done"
    times+=("$((SECONDS - from)) $name")
  fi
  ln -sfn "$folder" "$view/$name"
}

hash_of() { cat "$@" | sha256sum | cut -c1-12; }

# version_at_least HAVE WANT
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# install PACKAGE...: by the system's package manager, as root only.
install() {
  if [ "$(id -u)" -ne 0 ] || ! have apt-get; then return 1; fi
  step "apt-get install $*" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" && return 0
  step "apt-get update" apt-get update -q &&
    step "apt-get install $*" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}
