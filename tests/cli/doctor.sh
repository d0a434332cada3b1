# doctor tells the same to people and to programs, without colours where nobody looks.
. "$(dirname "$0")/common.sh"

strongroom doctor --json > doctor.json || [[ $? -eq 1 ]] || fail "doctor failed"
strongroom doctor > doctor.txt || true
[[ $(json doctor.json '[t["name"] for t in d["tees"]]') == "['process', 'vm', 'sgx']" ]] || fail "other TEEs"
for name in $(json doctor.json '" ".join(c["name"] for c in d["checks"])'); do
  grep -q "^  $name " doctor.txt || fail "$name is in the JSON only"
done
[[ $(json doctor.json 'all(t["shortcomings"] for t in d["tees"] if not t["usable"])') == True ]] || fail "no reason"
grep -q $'\e' doctor.txt && fail "colours in a file"
[[ $(json doctor.json 'any(t["usable"] for t in d["tees"])') == True ]] || exit 0
strongroom doctor > /dev/null || fail "a TEE can be used, but the exit code says none"
