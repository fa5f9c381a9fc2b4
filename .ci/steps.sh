# What .ci/run and .ci/full share: steps that are counted. To be sourced, in the root of the repository.
export NO_COLOR=1

passed=0
failed=0
broken=() # names of what failed
logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT

deno() { npx -y deno@2.9.6 "$@" </dev/null; }

fails() { # fails <name> <how many>
  failed=$((failed + $2))
  broken+=("$1")
}

# step <name> <command...>: has no tests in it, and must succeed.
step() {
  local name="$1"
  shift
  printf '\n== %s: %s\n' "$name" "$*"
  "$@" || fails "$name" 1
}

# counted <name> <command...>: a run of the test runner; its own closing line is what counts.
counted() {
  local name="$1" code counts
  shift
  printf '\n== %s: %s\n' "$name" "$*"
  SECONDS=0
  "$@" 2>&1 | tee "$logs/counted"
  code="${PIPESTATUS[0]}"
  counts="$(deno run --quiet --allow-read tools/count_tests.ts "$logs/counted" "$code" 2>/dev/null)"
  [[ "$counts" =~ ^[0-9]+\ [0-9]+\ [0-9]+$ ]] || counts="0 1 0"
  local p f i
  read -r p f i <<<"$counts"
  passed=$((passed + p))
  [ "$f" -eq 0 ] || fails "$name" "$f"
  echo "$name: $p passed, $f failed, $i ignored, in $SECONDS s"
}

# closing: the last lines, and the exit code of the script.
closing() {
  printf '\n'
  [ "${#broken[@]}" -eq 0 ] || printf 'failed: %s\n' "${broken[@]}"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}
