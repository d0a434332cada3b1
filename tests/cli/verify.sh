# verify, evidence and policy end with the codes of their verdicts.
. "$(dirname "$0")/common.sh"

expect() {
  local code=$1 status=0
  shift
  strongroom "$@" > output 2>&1 || status=$?
  [[ $status -eq $code ]] || fail "$* ended with $status, not $code: $(cat output)"
}
echo "this is no evidence" > nothing
expect 2 verify nothing
expect 2 evidence show nothing
expect 125 verify missing
expect 125 verify nothing --time yesterday
expect 125 policy check missing
expect 125 evidence
strongroom verify nothing --json > verdict.json || true
[[ $(json verdict.json 'd["verdict"]') == malformed ]] || fail "$(cat verdict.json)"
