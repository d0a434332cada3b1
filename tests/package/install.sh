# Installs into a scratch prefix and builds a separate project against it. Environment: BUILD, the build directory.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../cli/common.sh"

cmake --install "$BUILD" --prefix "$scratch/prefix" > install.log || fail "$(cat install.log)"
cp -r "$here/project" project
"$scratch/prefix/bin/strongroom" key new project/signer.pem > /dev/null

mkdir project/images
cmake -S project -B project -DCMAKE_PREFIX_PATH="$scratch/prefix" > configure.log 2>&1 || fail "$(cat configure.log)"
grep -q "$BUILD" project/CMakeCache.txt && fail "the project refers to the build directory"
cmake --build project > build.log 2>&1 || fail "$(cat build.log)"

[[ $(project/verdict nonsense) == malformed ]] || fail "the verifier does not work from C"
[[ $(project/greet) == hello ]] || fail "the program does not run natively"
"$scratch/prefix/bin/strongroom" inspect project/greet.enclave --json > greet.json
[[ $(json greet.json '(d["product_id"], d["mrsigner"] is not None)') == "(5, True)" ]] || fail "greet.enclave: $(cat greet.json)"
"$scratch/prefix/bin/strongroom" inspect project/images/plain.enclave > /dev/null

# A change of the manifest makes a new image.
sed -i 's/product_id = 5/product_id = 6/' project/strongroom.toml
cmake --build project > build.log 2>&1 || fail "$(cat build.log)"
"$scratch/prefix/bin/strongroom" inspect project/greet.enclave --json > greet.json
[[ $(json greet.json 'd["product_id"]') == 6 ]] || fail "the image was not built again"

# So does a change of an interface that another one imports.
sed -i 's/int add(int a, int b)/int add(int a, long b)/' project/more.edl
sed -i 's/int add(int a, int b)/int add(int a, long b)/' project/tally.c
cmake --build project > build.log 2>&1 || fail "$(cat build.log)"
grep -q 'int add(int a, long b)' project/tally_edl/my_tally_enclave_c.h || fail "the imported interface was not read again"

# A new project of an application and its enclave, as a developer starts one.
"$scratch/prefix/bin/strongroom" new --partitioned my-vault > /dev/null
cmake -S my-vault -B my-vault/build -DCMAKE_PREFIX_PATH="$scratch/prefix" > configure.log 2>&1 || fail "$(cat configure.log)"
cmake --build my-vault/build > build.log 2>&1 || fail "$(cat build.log)"

# The installed command finds the program that verifies evidence.
head -c 64 /dev/zero > no-evidence
code=0
"$scratch/prefix/bin/strongroom" verify no-evidence > verify.log 2>&1 || code=$?
[[ $code == 2 ]] || fail "$(cat verify.log)"

# An application launches it through the installed library and keeper.
strongroom doctor > /dev/null || exit 0 # no TEE here
export STRONGROOM_KEEPER=$scratch/prefix/libexec/strongroom/strongroom-keeper
[[ $(project/launch project/greet.enclave) == $'hello\nended with 0' ]] || fail "the application could not launch it"
# What the READMEs of new projects say, to the letter.
"$scratch/prefix/bin/strongroom" new first > /dev/null
for name in first my-vault; do
  sed -n 's/^    //p' $name/README.md > commands
  [[ -s commands ]] || fail "$name/README.md names no command"
  (cd $name && rm -rf build && PATH=$scratch/prefix/bin:$PATH CMAKE_PREFIX_PATH=$scratch/prefix bash -e ../commands) \
    > readme.log 2>&1 || fail "$name/README.md: $(cat readme.log)"
done
[[ $(project/tally_app project/tally.enclave) == $'2 pairs\n10, 15' ]] || fail "the application could not call the enclave in C"
[[ $("$scratch/prefix/bin/strongroom" run project/greet.enclave) == hello ]] || fail "the installed command could not"
[[ $(cd my-vault && build/my-vault) == $'the enclave counts\nfound 3' ]] || fail "the new project's application could not call its enclave"
