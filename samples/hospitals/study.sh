#!/bin/sh
# study.sh WORK TEE [ATTACK]: one study in WORK that prepare.sh has made; the host is honest, or attacks as host.cc says,
# or runs "another" enclave, or hands out another "policy". Prints what everybody says; the exit code is 0 when both
# hospitals have the model, 1 when somebody refused.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1 tee=$2 attack=${3:-}
cd "$work"
rm -f socket north.model south.model seen
image=study.enclave policy=policy.toml how=$attack
if [ "$attack" = another ]; then
  # The same program with more memory: not what the hospitals have measured.
  sed 's/64 MiB/80 MiB/' "$here/strongroom.toml" > another.toml
  "$STRONGROOM" build another.toml --program "$BIN/hospitals" --output another.enclave --key signer.pem > /dev/null
  image=another.enclave how=
elif [ "$attack" = policy ]; then
  sed '/^measurement/s/.*/insecure_any_code = true/' policy.toml > weaker.toml
  policy=weaker.toml how=
fi

"$BIN/hospitals_app" $image --terms terms --socket socket --tee "$tee" --seen seen --keep kept \
  ${how:+--attack $how} > host.said 2>&1 &
host=$!
trap 'kill $host 2> /dev/null || true' EXIT
hospital() {
  "$BIN/hospital" $1 --key $1.key --terms terms --policy $policy --data $1.csv --socket socket --model $1.model \
    > $1.said 2>&1
}
code=0
# Until the host listens, or has given up.
while kill -0 $host 2> /dev/null && [ ! -S socket ]; do sleep 0.05; done
hospital north &
north=$!
hospital south || code=1
wait $north || code=1
# Hospitals that refuse the policy never come to the host.
[ "$attack" != policy ] || kill $host
wait $host || code=1
cat host.said north.said south.said
exit $code
