# Signing in one step and in two, the second step by another tool.
. "$(dirname "$0")/common.sh"

strongroom key new signer.pem > /dev/null
strongroom key public signer.pem > public.pem
strongroom build "$PROGRAM" -o unsigned.enclave > /dev/null
signer=$(strongroom key show signer.pem | sed 's/MRSIGNER //')

strongroom sign unsigned.enclave --key signer.pem --date 20260131 -o one.enclave > /dev/null
strongroom inspect one.enclave --json > one.json
[[ $(json one.json 'd["mrsigner"]') == "$signer" ]] || fail "another signer"

strongroom sign unsigned.enclave --digest digest --date 20260131 > /dev/null
[[ $(stat -c %s digest) -eq 32 ]] || fail "the digest is not 32 bytes"
openssl pkeyutl -sign -inkey signer.pem -pkeyopt digest:sha256 -in digest -out signature
cp unsigned.enclave two.enclave
strongroom sign two.enclave --signature signature --public-key public.pem --date 20260131 > /dev/null
cmp one.enclave two.enclave || fail "the two ways give different images"

cp unsigned.enclave three.enclave
fails_with 125 'three.enclave' strongroom sign three.enclave --signature signature --public-key public.pem --date 20260201
cmp unsigned.enclave three.enclave || fail "a refused signature changed the image"
fails_with 125 '--date' strongroom sign three.enclave --signature signature --public-key public.pem
fails_with 125 '--key' strongroom sign three.enclave
fails_with 125 'not a date' strongroom sign three.enclave --key signer.pem --date tomorrow
