# Packages of Debian testing, fetched and unpacked without touching the system: an apt of our own, whose lists, state and
# preferences lie in the cache. Sourced by setup.sh.
# shellcheck shell=bash

apt_flags=()

# Makes the private apt ready; once per run. It uses the mirror that the system's own apt uses.
debian_ready() {
  [ "${#apt_flags[@]}" -eq 0 ] || return 0
  if ! have apt-get || ! have dpkg-deb; then
    say "  this is not a Debian system (no apt-get, dpkg-deb)"
    return 1
  fi
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror apt=$cache/apt
  # shellcheck disable=SC2016 # apt's own variables
  mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 2>/dev/null | awk '$1 !~ /-/ && $2 ~ /\/debian\/?$/ {print $2; exit}')
  if [ -z "$mirror" ] || [ ! -f "$keyring" ]; then
    say "  apt names no Debian mirror here, or $keyring is missing"
    return 1
  fi
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  : >"$apt/status"
  printf 'deb [signed-by=%s] %s testing main\ndeb-src [signed-by=%s] %s testing main\n' "$keyring" "$mirror" "$keyring" "$mirror" >"$apt/sources.list"
  apt_flags=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null
    -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State=$apt" -o "Dir::State::lists=$apt/lists" -o "Dir::State::status=$apt/status"
    -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives" -o APT::Sandbox::User=root -o APT::Install-Recommends=false
    -o Acquire::Languages=none -o Acquire::Retries=3 -o Acquire::Check-Valid-Until=false) # a frozen mirror's Release file is "expired"
  step "reading Debian testing's package lists" apt-get "${apt_flags[@]}" update -q || { apt_flags=(); return 1; }
}

# The one dependency of PACKAGE whose name matches PATTERN: versions are read, not written.
debian_dependency() {
  apt-cache "${apt_flags[@]}" depends --important "$1" | awk -v p="^$2\$" '$1 == "Depends:" && $2 ~ p {print $2; exit}'
}

# All packages that PACKAGE... would bring, whose names match PATTERN.
debian_closure() {
  local pattern=$1
  shift
  apt-get "${apt_flags[@]}" -s install "$@" | awk -v p="^($pattern)\$" '$1 == "Inst" && $2 ~ p {print $2}'
}

# debian_fetch FOLDER PACKAGE...: the .deb files into FOLDER; says where they differ from the lock file. "name version hash" of each is
# added to $fetched.
debian_fetch() {
  local folder=$1 deb name version hash
  shift
  mkdir -p "$folder"
  (cd "$folder" && step "fetching $# packages" apt-get "${apt_flags[@]}" download -q "$@") || return 1
  for deb in "$folder"/*.deb; do
    name=$(dpkg-deb -f "$deb" Package) version=$(dpkg-deb -f "$deb" Version) hash=$(sha256sum "$deb" | cut -d' ' -f1)
    compare_with_lock "$name" "$version" "$hash"
  done
}

compare_with_lock() {
  local locked
  printf '%s %s %s\n' "$1" "$2" "$3" >>"$fetched"
  [ -s "$lock" ] || return 0 # it is being written
  locked=$(awk -v n="$1" '$1 == n {print $2, $3}' "$lock")
  if [ -z "$locked" ]; then
    say "  note: $1 $2 is not in scripts/${lock##*/}"
  elif [ "${locked%% *}" != "$2" ]; then
    say "  note: Debian testing has moved: $1 is $2 now, scripts/${lock##*/} says ${locked%% *}; going on with $2"
  elif [ "${locked#* }" != "$3" ]; then
    die "$1 $2 is not the file that scripts/${lock##*/} names (sha256 $3, expected ${locked#* })"
  fi
}
