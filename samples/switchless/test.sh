# test.sh STRONGROOM SWITCHLESS_APP IMAGE TEE: every call is made and counted; 77 where this machine has no such TEE.
"$1" run --tee "$4" --allow-unsigned "$3" 2>&1 | grep -q 'nobody can call' || exit 77
printed=$("$2" "$3" "$4") || exit 1
[ "$(echo "$printed" | grep -c ' ns$')" = 4 ] || { echo "$printed"; exit 1; }
echo "$printed" | grep -q '^804 ecalls, .*; 20100 ocalls$' || { echo "$printed"; exit 1; }
