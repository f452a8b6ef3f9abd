# Shared by the scripts of this folder; source it from the root of the checkout.
mkdir -p build
log_file=build/setup.log
[ -n "${HOME:-}" ] || export CCACHE_DIR="$PWD/build/.ccache"

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# quietly TITLE COMMAND…: output goes to the log, and its end is shown when the command fails.
quietly() {
  local title=$1 began=$SECONDS
  shift
  printf '%s … ' "$title"
  if "$@" >"$log_file" 2>&1 </dev/null; then
    printf '%s s\n' $((SECONDS - began))
  else
    printf 'failed\n'
    tail -n 60 "$log_file" >&2
    die "$title failed; the whole log is $log_file"
  fi
}

# build_preset NAME [NINJA TARGETS…]
build_preset() {
  local preset=$1
  shift
  quietly "configure $preset" cmake --preset "$preset"
  quietly "build $preset" ninja -C "build/$preset" "$@"
}

# Tracked files that match; works in a checkout that belongs to another user too.
tracked() { git -c safe.directory="$PWD" ls-files -- "$@"; }
