# What comes after evidence: results for others, policies from CoRIMs, collateral, the page.
. "$(dirname "$0")/common.sh"

echo "this is no evidence" > nothing
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem 2> /dev/null
openssl pkey -in key.pem -pubout -out public.pem

# A result of the refusal, which verifies, and is a refusal again.
status=0
strongroom verify nothing --result jwt --result-key key.pem > result.jwt || status=$?
[[ $status -eq 2 ]] || fail "verify --result ended with $status"
status=0
strongroom verify result.jwt --collateral public.pem --json > verdict.json || status=$?
[[ $status -eq 1 ]] || fail "the result ended with $status: $(cat verdict.json)"
[[ $(json verdict.json 'd["format"], d["authentic"]') == "('ear-jwt', True)" ]] || fail "$(cat verdict.json)"
strongroom verify nothing --result cwt --result-key key.pem --result-file result.cwt > table || true
[[ -s result.cwt ]] || fail "no result was written"
grep -q '^MALFORMED' table || fail "no table beside the result: $(cat table)"
[[ $(wc -L < table) -le 80 ]] || fail "the table is wider than 80 columns"
fails_with 125 "--result-key" strongroom verify nothing --result jwt
fails_with 125 "jwt or cwt" strongroom verify nothing --result xml --result-key key.pem
fails_with 125 "public.pem" strongroom verify nothing --result jwt --result-key public.pem

fails_with 125 "CoRIM" strongroom policy import nothing
fails_with 125 "no collateral is fetched" strongroom collateral fetch nothing --cache cache
mkdir directory
cp public.pem directory
strongroom collateral show directory | grep -q "1 public key" || fail "collateral show"
strongroom collateral check directory > /dev/null || fail "collateral check of what is current"
echo "-----BEGIN CERTIFICATE-----" > directory/broken.pem
status=0
strongroom collateral check directory > output || status=$?
[[ $status -eq 1 ]] && grep -q "DAMAGED *broken.pem" output || fail "collateral check: $status $(cat output)"

# The page, and who gets none.
"$STRONGROOM" explore nothing > address &
server=$!
trap 'kill "$server" 2> /dev/null; rm -rf "$scratch"' EXIT
for ((i = 0; i < 600; i++)); do grep -q '#' address && break || sleep 0.1; done
url=$(grep -o 'http://[^ ]*' address)
python3 - "$url" << 'PYTHON' || fail "the page"
import sys, urllib.error, urllib.request
base, token = sys.argv[1].split('#')
def ask(path, headers={}):
    try:
        return urllib.request.urlopen(urllib.request.Request(base + path, headers=headers)).status
    except urllib.error.HTTPError as error:
        return error.code
assert ask('') == 200
assert ask('api/session', {'X-Strongroom-Token': token}) == 200
assert ask('api/session') == 403
assert ask('', {'Host': 'elsewhere.example'}) == 421
PYTHON
