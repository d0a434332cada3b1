# keeper, ps, logs, stop: applications of this machine launch through the daemon, on its platform; and it outlives whatever
# they do.
. "$(dirname "$0")/common.sh"

strongroom doctor --json > doctor.json || true
tees=$(json doctor.json '" ".join(t["name"] for t in d["tees"] if t["usable"])')
[[ -n $tees ]] || skip "no TEE can be used here"
tee=${tees%% *}

cat > program.cc <<'EOT'
#include <iostream>
#include <string>
int main() {
  std::cerr << "I am \x1b[2J here" << std::endl;
  for (std::string line; std::getline(std::cin, line);) std::cout << line << std::endl;
}
EOT
g++ -std=c++20 -O1 -static-pie -o echo program.cc
strongroom build echo -o echo.enclave > /dev/null

keeper=
jobs_to_end=()
end() {
  for job in "${jobs_to_end[@]}" $keeper; do kill "$job" 2> /dev/null || true; done
  wait
  rm -rf "$scratch"
}
trap end EXIT
start() {
  "$STRONGROOM" keeper --socket "$scratch/sock" --state "$scratch/state" "$@" 2> log &
  keeper=$!
  for _ in $(seq 400); do
    strongroom ps > /dev/null 2>&1 && return
    sleep 0.05
  done
  fail "the keeper does not start: $(cat log)"
}
# run_in_background NAME: an enclave whose input stays open until the descriptor of NAME is closed.
run_in_background() {
  mkfifo "$1.in"
  "$STRONGROOM" run --tee "$tee" --allow-unsigned echo.enclave < "$1.in" > "$1.out" 2> "$1.err" &
  jobs_to_end+=($!)
  eval "$1=$!"
  exec {feed}> "$1.in"
  echo ready >&"$feed"
  for _ in $(seq 400); do
    [[ -s $1.out ]] && return
    sleep 0.05
  done
  fail "$1 does not run: $(cat "$1.err") $(cat log)"
}
count() { strongroom ps --json > ps.json; json ps.json 'len(d)'; }
until_count() {
  for _ in $(seq 400); do
    [[ $(count) == "$1" ]] && return
    sleep 0.05
  done
  fail "not $1 enclaves but: $(cat ps.json)"
}
export STRONGROOM_KEEPER_SOCKET=$scratch/sock
unset STRONGROOM_STATE STRONGROOM_KEEPER || true

# Where the socket is asked for and nobody is there, the error says what to do; and an application may do without.
fails_with 125 'start one by `strongroom keeper`' strongroom run --allow-unsigned echo.enclave
fails_with 125 'no keeper answers' strongroom ps
echo own | strongroom run --keeper own --allow-unsigned echo.enclave 2> /dev/null | grep -qx own || fail "no keeper of its own"
fails_with 125 'there is no keeper `me`' strongroom run --keeper me --allow-unsigned echo.enclave

start --max-enclaves 2
# Streams and the end are as without the daemon. The second run of an image is a warm one.
for _ in 1 2; do
  [[ $(echo hello | strongroom run --keeper daemon --tee "$tee" --allow-unsigned echo.enclave 2> err) == hello ]] || fail "$(cat err)"
  sleep 0.5
done
strongroom ps --all --json > ps.json
[[ $(json ps.json '[(e["state"], e["end"], e["name"]) for e in d]') == \
  "[('ended', 'exited with status 0', 'echo.enclave'), ('ended', 'exited with status 0', 'echo.enclave')]" ]] || fail "$(cat ps.json)"
[[ $(json ps.json '[e["from_spare"] for e in d]') == "[False, True]" ]] || fail "the second launch was not warm: $(cat ps.json)"

# ps, logs, stop.
run_in_background first
strongroom ps --json > ps.json
id=$(json ps.json 'd[0]["id"]')
[[ $(json ps.json '(len(d), d[0]["tee"], d[0]["user"], len(d[0]["mrenclave"]), d[0]["mrsigner"])') == "(1, '$tee', $(id -u), 64, None)" ]] || fail "$(cat ps.json)"
strongroom ps | grep -q 'echo.enclave .*running' || fail "$(strongroom ps)"
strongroom logs "$id" | grep -qxF 'I am ?[2J here' || fail "logs: $(strongroom logs "$id")"
fails_with 125 'no enclave 999' strongroom stop 999
fails_with 125 'no enclave 999' strongroom logs 999

# Quotas: a third is refused, and told how to get on.
run_in_background second
fails_with 125 "may have 2; end one (strongroom ps, stop), or let the administrator raise --max-enclaves" \
  strongroom run --tee "$tee" --allow-unsigned echo.enclave
strongroom stop "$id"
status=0
wait "$first" || status=$?
[[ $status -eq 125 ]] || fail "a stopped enclave ended with $status"
grep -q 'stopped by user' first.err || fail "$(cat first.err)"
strongroom logs "$id" | grep -q 'it ended: stopped by user' || fail "$(strongroom logs "$id")"
until_count 1

# Another user sees nothing of it and cannot stop it; root sees all.
if [[ $(id -u) -eq 0 ]] && command -v setpriv > /dev/null; then
  chmod 755 "$scratch"
  nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups "$STRONGROOM")
  id=$(json <(strongroom ps --json) 'd[0]["id"]')
  if "${nobody[@]}" ps --json > ps.json 2> error; then
    [[ $(json ps.json 'len(d)') == 0 ]] || fail "another user sees: $(cat ps.json)"
    fails_with 125 "no enclave $id of yours" "${nobody[@]}" stop "$id"
    fails_with 125 "no enclave $id of yours" "${nobody[@]}" logs "$id"
    mkfifo other.in
    chmod 644 echo.enclave
    "${nobody[@]}" run --tee "$tee" --allow-unsigned echo.enclave < other.in > /dev/null 2> other.err &
    jobs_to_end+=($!)
    exec {other}> other.in
    until_count 2
    [[ $(json ps.json 'sorted(e["user"] for e in d)') == "[0, 65534]" ]] || fail "$(cat ps.json)"
    exec {other}>&-
    until_count 1
  fi
fi

# An application that vanishes takes its enclaves along.
kill -KILL "$second"
wait "$second" || true
until_count 0

# Clients that talk nonsense, too much, nothing, or vanish.
python3 - "$scratch/sock" <<'EOT'
import os, random, socket, struct, sys
random.seed(1)
def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(10)
    s.connect(sys.argv[1])
    return s
silent = [connect() for _ in range(20)]
for i in range(200):
    s = connect()
    for _ in range(random.randrange(4)):
        kind = random.randrange(20)
        size = random.choice([0, 8, 16, 80, 200, 5000, 100000])
        try:
            socket.send_fds(s, [struct.pack("<Q", kind) + os.urandom(size)], [0] * random.randrange(6))
        except OSError:
            break
    s.close()
# One that asks and never listens is let go.
deaf = connect()
try:
    for _ in range(100000): deaf.send(struct.pack("<QQ", 8, 0))
    sys.exit("the keeper answers whoever does not listen")
except OSError:
    pass
# More connections than anybody may have are refused in words.
many = []
for _ in range(80):
    many.append(connect())
last = many[-1].recv(4096)
assert b"--max-connections" in last, last
EOT
[[ $(echo still | strongroom run --allow-unsigned echo.enclave 2> err) == still ]] || fail "$(cat err) $(cat log)"
kill -0 "$keeper" || fail "the keeper died: $(cat log)"

# One keeper a socket; killed, it takes its enclaves along, and the next one starts cleanly.
fails_with 125 'another keeper listens' strongroom keeper --socket "$scratch/sock" --state "$scratch/other"
run_in_background third
kill -KILL "$keeper"
wait "$keeper" || true
status=0
wait "$third" || status=$?
[[ $status -eq 125 ]] || fail "the enclave of a killed keeper ended with $status"
fails_with 125 'no keeper answers' strongroom run --allow-unsigned echo.enclave
fails_with 125 '--max-enclaves' strongroom keeper --max-enclaves -1
start
[[ $(echo again | strongroom run --allow-unsigned echo.enclave 2> err) == again ]] || fail "$(cat err) $(cat log)"
kill -TERM "$keeper"
wait "$keeper" || fail "the keeper does not end well: $(cat log)"
keeper=
[[ ! -e $scratch/sock ]] || fail "the socket stays"

# As a service manager starts it: with a socket, by its first application.
if command -v systemd-socket-activate > /dev/null; then
  systemd-socket-activate --seqpacket -l "$scratch/sock" "$STRONGROOM" keeper --state "$scratch/state" 2> log &
  keeper=$!
  for _ in $(seq 100); do [[ -S $scratch/sock ]] && break; sleep 0.05; done
  [[ $(echo activated | strongroom run --allow-unsigned echo.enclave 2> err) == activated ]] || fail "$(cat err) $(cat log)"
fi
