# Installs what the test needs from the npm registry into the build directory, once, and runs it in Chromium. Exit code 77: skipped, with
# the reason. Environment: STRONGROOM, the command; BUILD, the build directory.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
skip() { echo "skipped: $*"; exit 77; }

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[[ -n $CHROMIUM ]] || skip "chromium is not installed; on Debian: apt-get install chromium"
command -v node > /dev/null || skip "node is not installed; on Debian: apt-get install nodejs"
command -v npm > /dev/null || skip "npm is not installed; on Debian: apt-get install npm"
export CHROMIUM

work=$BUILD/tests/explore/npm
mkdir -p "$work/tests/explore" "$work/src/attest/explore"
cp "$here"/package.json "$here"/package-lock.json "$here"/explore.test.mjs "$work/tests/explore/"
ln -sfn "$here/../../src/attest/explore/examples" "$work/src/attest/explore/examples"
cd "$work/tests/explore"
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --ignore-scripts --no-audit --no-fund > npm.log 2>&1 || skip "npm cannot install playwright-core (is the registry reachable?): $(tail -n 3 npm.log)"
  cp package-lock.json node_modules/.installed
fi
exec node --test explore.test.mjs
