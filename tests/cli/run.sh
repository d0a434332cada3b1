# run: streams, arguments and exit codes are the program's, in every TEE of this machine; and what is not allowed is refused.
. "$(dirname "$0")/common.sh"

strongroom doctor --json > doctor.json || true
tees=$(json doctor.json '" ".join(t["name"] for t in d["tees"] if t["usable"])')
[[ -n $tees ]] || skip "no TEE can be used here"

cat > program.cc <<'EOT'
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) std::cout << argv[i] << '|';
  std::string line;
  while (std::getline(std::cin, line)) std::cerr << line.size();
  if (argc > 2 && std::string(argv[1]) == "exit") return std::atoi(argv[2]);
  if (argc > 2 && std::string(argv[1]) == "raise") std::raise(std::atoi(argv[2]));
  if (argc > 1 && std::string(argv[1]) == "unserved") return fork() == -1 && socket(AF_UNIX, SOCK_STREAM, 0) == -1 ? 3 : 4;
  if (argc > 1 && std::string(argv[1]) == "abort") std::abort();
  if (argc > 1 && std::string(argv[1]) == "crash") *static_cast<volatile int*>(nullptr) = 1;
}
EOT
g++ -std=c++20 -O1 -static-pie -o program program.cc
strongroom key new signer.pem > /dev/null
strongroom build program --key signer.pem > /dev/null
strongroom build program -o unsigned.enclave > /dev/null

# expect CODE ARGUMENTS...: the exit code of `strongroom run`; output in the files out and err.
expect() {
  local code=$1 status=0
  shift
  printf 'abc\nde\n' | strongroom run "$@" > out 2> err || status=$?
  [[ $status -eq $code ]] || fail "run $* ended with $status, not $code: $(cat err)"
}

for tee in $tees; do
  expect 7 --tee "$tee" program -- exit 7 "two words" --json
  [[ $(cat out) == "exit|7|two words|--json|" ]] || fail "$tee: arguments arrived as $(cat out)"
  [[ $(cat err) == *32 ]] || fail "$tee: standard input or error: $(cat err)"
  expect 134 --tee "$tee" program -- abort
  grep -q 'strongroom: program: the enclave ended: ' err || fail "$tee: no reason: $(cat err)"
  # No file of the command's own is taken for a standard stream that is closed: one was, and the program waited for ever.
  status=0
  timeout 60 "$STRONGROOM" run --tee "$tee" program closed <&- > out 2> err || status=$?
  [[ $status -eq 0 && $(cat out) == "closed|" ]] || fail "$tee: closed standard input: $status $(cat out err)"
  expect 143 --tee "$tee" program -- raise 15
  expect 3 --tee "$tee" --trace program -- unserved
  grep -q 'strongroom: trace: system call clone (56) is not served: ENOSYS$' err || fail "$tee: $(cat err)"
  grep -q 'strongroom: trace: system call socket (41) is not served: ENOSYS$' err || fail "$tee: $(cat err)"
  expect 139 --tee "$tee" program -- crash
  grep -q 'main' err || fail "$tee: the function is not named: $(cat err)"

  expect 0 --tee "$tee" program.enclave
  expect 125 --tee "$tee" unsigned.enclave
  expect 0 --tee "$tee" --allow-unsigned unsigned.enclave
  expect 125 --tee "$tee" --debug program.enclave
  grep -q 'debug' err || fail "$tee: $(cat err)"
  expect 125 --tee "$tee" --wait-for-debugger program.enclave
  grep -q 'debug' err || fail "$tee: $(cat err)"
  expect 125 --tee "$tee" program.enclave -- exit 9
  grep -q 'takes no arguments' err || fail "$tee: arguments of the host: $(cat err)"
done
expect 0 program

# Where root can trace the kernel, nothing in `process` is safe from it.
lockdown=$(json doctor.json '[c["present"] for c in d["checks"] if c["name"] == "lockdown"][0]')
if [[ " $tees " == *" process "* && $lockdown == False ]]; then
  expect 125 --tee process --strict program.enclave
  grep -q 'lockdown=confidentiality' err || fail "--strict does not say what is missing: $(cat err)"
fi

fails_with 125 'no TEE' strongroom run --tee tea program.enclave
fails_with 125 'No such file' strongroom run nothing.enclave
cp program.enclave changed.enclave
printf '\xff' | dd of=changed.enclave bs=1 seek=200000 conv=notrunc status=none
fails_with 125 'changed.enclave' strongroom run changed.enclave
