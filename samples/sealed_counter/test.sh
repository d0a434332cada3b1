#!/bin/sh
# The counter survives restarts and refuses every old state, in each TEE of this machine.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export STRONGROOM_STATE=$work/state
ran=no
for tee in process vm; do
  run() { "$STRONGROOM" run --tee $tee --allow-unsigned "$IMAGE"; }
  if ! run < /dev/null > "$work/1" 2> "$work/told"; then
    grep -q "cannot run enclaves in" "$work/told" && continue
    cat "$work/told"; exit 1
  fi
  ran=yes
  grep -qx 1 "$work/told"
  run < "$work/1" > "$work/2" 2> "$work/told"; grep -qx 2 "$work/told"
  run < "$work/2" > "$work/3" 2> "$work/told"; grep -qx 3 "$work/told"
  for old in /dev/null "$work/1" "$work/2"; do
    if run < $old > "$work/out" 2> "$work/told"; then echo "$tee took an old state"; exit 1; fi
    grep -q "rollback refused" "$work/told"
    test ! -s "$work/out"
  done
  run < "$work/3" > "$work/4" 2> "$work/told"; grep -qx 4 "$work/told"
done
test $ran = yes || exit 77
