#!/bin/sh
# test.sh TEE: an honest study, and every attack on one; 77 where this machine has no such TEE.
set -eu
tee=$1
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export STRONGROOM_STATE="$work/state"
sh "$here/prepare.sh" "$work"
"$STRONGROOM" run --tee "$tee" "$work/study.enclave" 2>&1 | grep -q 'nobody can call' || exit 77

wrong() { echo "$*"; cat "$work/said"; exit 1; }

sh "$here/study.sh" "$work" "$tee" > "$work/said" || wrong "an honest study failed"
cmp -s "$work/north.model" "$work/south.model" || wrong "the hospitals have different models"
"$BIN/hospitals_plain" 2000 north "$work/north.csv" south "$work/south.csv" > "$work/plain"
cmp -s "$work/north.model" "$work/plain" || wrong "the model is not the one of the union"
# Neither a row nor a number of one stands in what the host has seen, nor in what the other hospital got.
for record in "$(sed -n 100p "$work/north.csv")" "$(sed -n 100p "$work/south.csv")" ",M,"; do
  if grep -aqF -- "$record" "$work/seen" "$work/north.model" "$work/south.model"; then wrong "a record lies open"; fi
done
test "$(wc -c < "$work/seen")" -gt 100000 || wrong "the host has seen less than went through its hands"

# refused ATTACK WORDS FILE...: the attack fails, with these words, and nobody has a model.
refused() {
  if sh "$here/study.sh" "$work" "$tee" "$1" > "$work/said"; then wrong "$1: nobody refused"; fi
  grep -q "$2" "$work/said" || wrong "$1: not refused for its reason"
  if [ -e "$work/north.model" ] || [ -e "$work/south.model" ]; then wrong "$1: somebody has a model"; fi
}
refused another "REFUSED: .*policy.measurement"
refused debug "REFUSED: .*debug: the enclave runs in debug mode"
refused key "REFUSED: the evidence vouches for another key"
refused evidence "REFUSED: .*nonce:"
refused terms "REFUSED: the evidence vouches for another key, or for other terms"
refused policy "REFUSED: the policy is not the one that was agreed on"
refused replay "the same shard again: refused: .*has contributed already"
grep -q "the same shard in .*'s place: refused: .*not from this peer" "$work/said" || wrong "replay in another's place"
refused shard "shard: refused: .*not from this peer"
refused earlier "shard: refused: .*not from this peer"
