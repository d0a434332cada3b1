# Wrong usage is told in one line, with code 125; help is no error.
. "$(dirname "$0")/common.sh"

fails_with 125 'strongroom: there is no command "fly"' strongroom fly
fails_with 125 'strongroom --help' strongroom
fails_with 125 '--wings' strongroom doctor --wings
fails_with 125 'try `strongroom doctor --help`' strongroom doctor --wings
fails_with 125 'try `strongroom key new --help`' strongroom key new

for command in doctor new build key sign inspect run edl verify evidence policy collateral explore; do
  strongroom "$command" --help > help
  grep -q '^Examples:' help || fail "$command --help shows no example"
done
strongroom --version | grep -qE '^[0-9]+\.[0-9]+\.[0-9]+$' || fail "no version"
