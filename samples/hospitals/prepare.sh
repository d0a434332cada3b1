#!/bin/sh
# prepare.sh WORK: what the hospitals do once, each on its own machine, before any host is asked: they build the enclave
# (or compare its measurement), agree on a policy and on terms, and make their keys. Here all of it happens in WORK.
# STRONGROOM, BIN (where the sample was built) and DATA (wdbc.csv) come from the environment.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
"$STRONGROOM" key new signer.pem > /dev/null
"$STRONGROOM" build "$here/strongroom.toml" --program "$BIN/hospitals" --output study.enclave --key signer.pem \
  > /dev/null
measurement=$("$STRONGROOM" inspect study.enclave --json | sed -n 's/.*"mrenclave": *"\([0-9a-f]*\)".*/\1/p' | head -n 1)
test ${#measurement} = 64

cat > policy.toml <<END
version = 1

[[allow]]
name = "the study's enclave"
tee = ["process", "vm"]
measurement = ["$measurement"]
minimum_svn = 1
require_nonce = true
# This machine has no root of trust in hardware: whoever administers it could make such evidence. A study on real
# patients names its root here instead.
insecure_unrooted = true
END

cat > terms << END
study breast-cancer
epochs 2000
policy $(sha256sum policy.toml | cut -d ' ' -f 1)
hospital north $("$BIN/hospital" key north.key)
hospital south $("$BIN/hospital" key south.key)
END

# Each hospital has every second row.
{ head -n 1 "$DATA"; sed -n '2,${p;n}' "$DATA"; } > north.csv
{ head -n 1 "$DATA"; sed -n '3,${p;n}' "$DATA"; } > south.csv
