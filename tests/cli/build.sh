# Two builds give the same bytes; what cannot run is refused with the remedy; the identity follows the manifest.
. "$(dirname "$0")/common.sh"

strongroom build "$PROGRAM" -o one.enclave > one.txt
mkdir elsewhere
cp "$PROGRAM" elsewhere/wdbc
(cd elsewhere && strongroom build wdbc > /dev/null)
cmp one.enclave elsewhere/wdbc.enclave || fail "two builds differ"

cat > strongroom.toml <<EOT
[enclave]
name = "wdbc"
program = "elsewhere/wdbc"
product_id = 7
svn = 3
[run]
insecure_host_arguments = true
EOT
strongroom key new signer.pem > /dev/null
strongroom build strongroom.toml --key signer.pem > two.txt
strongroom inspect wdbc.enclave --json > two.json
[[ "MRENCLAVE $(json two.json 'd["mrenclave"]')" == $(grep MRENCLAVE two.txt) ]] || fail "build and inspect disagree"
[[ $(grep MRENCLAVE one.txt) != $(grep MRENCLAVE two.txt) ]] || fail "the manifest is not measured"
[[ $(json two.json '(d["product_id"], d["svn"], d["debug"])') == "(7, 3, False)" ]] || fail "another product"
[[ $(json two.json '[k["key"] for k in d["insecure"]]') == *insecure_host_arguments* ]] || fail "insecure key not shown"
[[ $(json two.json 'd["sites"]["syscall"]["rewritten"] > 100') == True ]] || fail "sites were not rewritten"

fails_with 125 '-static-pie' strongroom build /bin/true
fails_with 125 'an image already' strongroom build one.enclave
echo text > text
fails_with 125 'neither a program' strongroom build text
fails_with 125 'No such file' strongroom build nothing
