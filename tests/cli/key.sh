# A new key is its owner's alone, is not overwritten, and is the one that signs.
. "$(dirname "$0")/common.sh"

strongroom key new signer.pem > new.txt
[[ $(stat -c %a signer.pem) == 600 ]] || fail "the key can be read by others"
[[ $(grep MRSIGNER new.txt) == $(strongroom key show signer.pem) ]] || fail "another MRSIGNER"
before=$(sha256sum < signer.pem)
fails_with 125 'the file exists' strongroom key new signer.pem
[[ $(sha256sum < signer.pem) == "$before" ]] || fail "the key was overwritten"
strongroom key new signer.pem --force > /dev/null
[[ $(sha256sum < signer.pem) != "$before" ]] || fail "--force replaced nothing"

# MRSIGNER is the SHA-256 of the modulus in little-endian order, here by other people's tools.
strongroom key public signer.pem > public.pem
modulus=$(openssl rsa -pubin -in public.pem -noout -modulus | sed 's/^Modulus=//')
[[ ${#modulus} -eq 768 ]] || fail "not an RSA-3072 key"
expected=$(python3 -c 'import hashlib, sys; print(hashlib.sha256(bytes.fromhex(sys.argv[1])[::-1]).hexdigest())' "$modulus")
[[ $(strongroom key show signer.pem) == "MRSIGNER $expected" ]] || fail "MRSIGNER is not the digest of the modulus"

echo nonsense > nonsense.pem
fails_with 125 'strongroom: ' strongroom key show nonsense.pem
: > empty.pem
fails_with 125 'empty.pem' strongroom key show empty.pem
