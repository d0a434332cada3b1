# Text for people: colours on a terminal only. Sourced by demo/run.
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' faint=$'\e[2m' plain=$'\e[0m'
else
  bold='' green='' red='' faint='' plain=''
fi

section() { printf '\n%s%s%s\n\n' "$bold" "$*" "$plain"; }
# Its arguments as paragraphs, wrapped; an empty argument is an empty line.
say() { [[ $1 == "" ]] && { echo; shift; }; fold -s -w 110 <<< "$*"; }
command_line() { printf '%s$ %s%s\n' "$faint" "$*" "$plain"; }
good() { printf '%s%s%s\n' "$green" "$*" "$plain"; }
# A claim that did not hold.
bad() { printf '%s%s%s\n' "$red" "$*" "$plain"; failures=$((failures + 1)); }
