# Sourced by every test here: a scratch directory as the current one, and checks that end the test. Exit code 77: skipped.
# Environment: STRONGROOM, the command; PROGRAM, a static-pie program (samples/wdbc); DATA, its input.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

strongroom() { "$STRONGROOM" "$@"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }

# fails_with CODE TEXT COMMAND...: the command ends with that code and one line on standard error that holds the text.
fails_with() {
  local code=$1 text=$2 status=0
  shift 2
  "$@" > output 2> error || status=$?
  [[ $status -eq $code ]] || fail "$* ended with $status, not $code: $(cat error)"
  [[ $(wc -l < error) -eq 1 ]] || fail "$* wrote more or less than one line: $(cat error)"
  grep -qF -- "$text" error || fail "$* does not say \"$text\" but: $(cat error)"
}

# json FILE EXPRESSION: a Python expression over the document `d`.
json() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"; }
