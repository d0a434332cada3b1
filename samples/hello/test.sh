# test.sh STRONGROOM HELLO_APP IMAGE TEE: what the sample prints; 77 where this machine has no such TEE.
"$1" run --tee "$4" --allow-unsigned "$3" 2>&1 | grep -q 'nobody can call' || exit 77
printed=$("$2" "$3" reader "$4") || exit 1
[ "$printed" = "hello reader, from the enclave
the letter e occurs 2 times in 13 bytes
the enclave ended with 0" ] || { echo "$printed"; exit 1; }
if printed=$("$2" "$3" "" "$4" 2>&1); then exit 1; fi
[ "$printed" = "hello_host: hello.greet: nobody to greet" ] || { echo "$printed"; exit 1; }
