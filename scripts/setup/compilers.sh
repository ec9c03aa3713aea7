# The compilers: Emscripten and the native clang of the same version with libc++, clang-format and clang-tidy. Sourced by setup.sh.
# What the system has is used where it is new enough; else Debian testing's packages are unpacked into the cache. Their programs need
# a newer libc than the system may have, so each is told (patchelf) to use the one unpacked beside it.
# shellcheck shell=bash

# A program that only a compiler and a standard library new enough can compile.
probe_source='#include <coroutine>
#include <expected>
#include <format>
#include <mdspan>
#include <print>
#include <vector>
constexpr int f() { std::vector<int> v{1, 2}; return v[1]; }
static_assert(f() == 2 && std::extents<int, 2, 3>::rank() == 2);
int main() { try { throw std::expected<int, int>(3); } catch (std::expected<int, int>& e) { std::println("{} {}", *e, std::format("{:.1f}", 0.5)); } }'

# can_compile COMPILER FLAGS...: compiles the probe natively and runs it.
can_compile() {
  local folder status=0
  folder=$(mktemp -d)
  printf '%s\n' "$probe_source" >"$folder/probe.cpp"
  "$@" -std=c++23 "$folder/probe.cpp" -o "$folder/probe" && [ "$("$folder/probe")" = "3 0.5" ] || status=1
  rm -rf "$folder"
  return "$status"
}

# The system's own native compiler with its flags, if one is new enough; else nothing.
system_compiler() {
  local try
  for try in "clang++ -stdlib=libc++" "clang++" "g++"; do
    # shellcheck disable=SC2086 # words on purpose
    if have "${try%% *}" && can_compile $try >/dev/null 2>&1; then
      echo "$try"
      return
    fi
  done
}

system_emscripten() {
  local version
  have emcc || return 0
  version=$(emcc -dumpversion 2>/dev/null || true)
  if version_at_least "${version:-0}" 5.0; then dirname "$(readlink -f "$(command -v emcc)")"; fi
}

make_compilers() {
  local root=$1/root debs=$1/debs clang version packages p
  if [ ! -f /usr/include/stdio.h ] && ! install gcc libc6-dev; then # native programs are ordinary programs of this system
    missing+=("the C library's headers: apt-get install gcc libc6-dev")
    return 1
  fi
  debian_ready || return 1
  clang=$(debian_dependency emscripten 'clang-[0-9]+')
  version=${clang#clang-}
  [ -n "$version" ] || { say "  Debian testing's emscripten names no clang"; return 1; }
  p="emscripten|binaryen|clang-$version|lld-$version|llvm-$version|libclang-common-$version-dev|libclang-cpp$version|libllvm$version"
  p+="|libc6|libstdc..6|libgcc-s1|zlib1g|libzstd1|libxml2-[0-9]+|libedit2|libffi[0-9]+|libz3-[0-9]+|libtinfo[0-9]+|libbsd0|libmd0|node-acorn"
  p+="|ccache|libblake3-[0-9]+|libfmt[0-9]+|libhiredis[0-9.]+|libxxhash0"
  mapfile -t packages < <(debian_closure "$p" emscripten)
  packages+=("libc++-$version-dev" "libc++abi-$version-dev" "libclang-rt-$version-dev" "clang-format-$version" "clang-tidy-$version" patchelf)
  debian_fetch "$debs" "${packages[@]}" || return 1
  step "unpacking" unpack "$debs" "$root" || return 1
  step "pointing programs at their own libc" relocate "$root" "$version" || return 1
  echo "$version" >"$1/version"
  (cd "$debs" && printf '%s\n' *.deb) >"$1/packages"
  rm -rf "$debs"
  native_config "$root" "$version" || return 1
  emscripten_config "$1" "$version"
}

unpack() {
  local deb
  mkdir -p "$2"
  for deb in "$1"/*.deb; do dpkg-deb -x "$deb" "$2" || return 1; done
}

# Programs get the unpacked loader and run path, libraries the run path, libc's own files neither. A hard run path, because libLLVM has
# one of its own that names the system's folders.
relocate() {
  local root=$1 lib=$1/usr/lib/x86_64-linux-gnu llvm=$1/usr/lib/llvm-$2 loader=$1/usr/lib64/ld-linux-x86-64.so.2 file
  [ -e "$loader" ] || loader=$lib/ld-linux-x86-64.so.2
  # patchelf must not patch itself, nor the libraries that it runs with: it runs from a copy.
  mkdir "$root/patching"
  cp "$root/usr/bin/patchelf" "$loader" "$lib"/lib{c,m}.so.6 "$lib/libstdc++.so.6" "$lib/libgcc_s.so.1" "$root/patching/"
  patch() { "$root/patching/${loader##*/}" --library-path "$root/patching" "$root/patching/patchelf" "$@"; }
  dpkg-deb --fsys-tarfile "$debs"/libc6_*.deb | tar -t | sed -n 's|.*/\(.*\.so[.0-9]*\)$|\1|p' | sort -u >"$root/libc.files"
  find "$root/usr/bin" "$llvm/bin" "$lib" "$llvm/lib" -type f \( -perm -u+x -o -name '*.so*' \) | while read -r file; do
    [ "$(head -c 4 "$file" | tr -d '\0')" = $'\177ELF' ] || continue
    grep -qxF "$(basename "$file")" "$root/libc.files" && continue
    case $file in
      *.so | *.so.*) patch --force-rpath --set-rpath "$lib:$llvm/lib" "$file" ;;
      *) patch --set-interpreter "$loader" --force-rpath --set-rpath "$lib:$llvm/lib" "$file" || true ;; # libc's static ldconfig has no interpreter
    esac || return 1
  done || return 1
  rm -r "$root/patching" "$root/libc.files"
}

# Native programs are ordinary programs of this system, with our libc++ linked into them: clang's configuration file for this target says
# so (lines with $ count when linking only), and so clang-tidy knows it too.
native_config() {
  local root=$1 bin=$1/usr/lib/llvm-$2/bin glue=$1/usr/lib/llvm-$2/lib/libndfuse_isoc23.a triple
  triple=$("$bin/clang" -print-target-triple)
  # The archive was built against a newer libc, whose headers rename strtol and its kin.
  if ! printf '#include <features.h>\n#if !__GLIBC_PREREQ(2, 38)\nold\n#endif\n' | "$bin/clang" -E -x c - 2>/dev/null | grep -q '^old'; then
    glue=
  else
    "$bin/clang" -O2 -c -o "$root/isoc23.o" -x c "$here/setup/isoc23.c" || return 1
    "$bin/llvm-ar" rcs "$glue" "$root/isoc23.o" || return 1
    rm "$root/isoc23.o"
  fi
  {
    echo "-stdlib=libc++"
    echo "-fuse-ld=lld"
    echo "-L$root/usr/lib/llvm-$2/lib"
    echo "\$-lc++abi"
    [ -z "$glue" ] || echo "\$$glue"
    echo "-pthread"
  } >"$bin/$triple-clang++.cfg"
}

emscripten_config() {
  local root=$1/root scripts=$1/root/usr/share/emscripten name
  local modules=$scripts/node_modules
  mkdir -p "$modules"
  for name in acorn acorn-import-phases; do # links fail here
    [ -d "$modules/$name" ] && [ ! -L "$modules/$name" ] || { rm -f "$modules/$name"; cp -r "$root/usr/share/nodejs/$name" "$modules/$name"; }
  done
  cat >"$scripts/.emscripten" <<CONFIG
LLVM_ROOT = '$root/usr/lib/llvm-$2/bin'
BINARYEN_ROOT = '$root/usr'
NODE_JS = '$node'
CACHE = '$cache/emscripten_libraries-$compilers_key/cache'
CONFIG
}

# The system libraries of Emscripten are compiled at first use; doing it here keeps that minute out of everybody's first build.
make_emscripten_libraries() {
  local flags
  printf '%s\n' "$probe_source" >"$1/probe.cpp"
  for flags in "-O2" "-O0" "-Oz"; do
    step "compiling Emscripten's system libraries for $flags" \
      "$view/bin/em++" -std=c++23 $flags -msimd128 -fwasm-exceptions "$1/probe.cpp" -o "$1/probe.cjs" || return 1
    [ "$("$node" "$1/probe.cjs")" = "3 0.5" ] || { say "  a program made with $flags does not run"; return 1; }
  done
}
