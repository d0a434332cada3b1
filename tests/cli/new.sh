# A new project has a name, is not written over another, and its program is ordinary.
. "$(dirname "$0")/common.sh"

strongroom new work/hello > /dev/null
g++ -std=c++20 -static-pie -o hello work/hello/main.cc
[[ $(echo abc | ./hello) == $'hello from hello\nread 3 bytes' ]] || fail "the new program prints something else"
mkdir work/hello/build
cp hello work/hello/build/hello
strongroom build work/hello/strongroom.toml -o hello.enclave > /dev/null
fails_with 125 'it exists' strongroom new work/hello
fails_with 125 'cannot be a project' strongroom new 'work/a b'
fails_with 125 "target of CMake's own" strongroom new work/test
strongroom new --partitioned work/int > /dev/null # a name that cannot be a namespace
strongroom edl work/int/int_.edl --output work/int > /dev/null
