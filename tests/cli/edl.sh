# edl writes both sides of an interface, and tells what is wrong with one.
. "$(dirname "$0")/common.sh"

cat > ledger.edl <<EOT
enclave {
  trusted { public int deposit([in, count=n] const unsigned char* record, size_t n); };
  untrusted { void log([in, string] const char* line); };
};
EOT
strongroom edl ledger.edl --output generated > written
while read -r path; do [[ -s $path ]] || fail "$path is named, but not there"; done < written
[[ $(wc -l < written) -ge 2 ]] || fail "fewer than two files"

sed -i 's/\[in, count=n\] //' ledger.edl
status=0
strongroom edl ledger.edl --output other > output 2> error || status=$?
[[ $status -eq 1 ]] || fail "a bare pointer ended with $status"
grep -q 'ledger.edl:2:' error || fail "the place is not named: $(cat error)"
[[ ! -e other ]] || fail "something was written in spite of errors"
fails_with 125 'missing.edl' strongroom edl missing.edl
