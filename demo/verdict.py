"""verdict.py TEE DOCTOR.json HUNT.json: says what the hunt means for this TEE. Exit code 1 when a claim did not hold.

What doctor says that a TEE does not protect against on this machine is told as such; everything else that was found is
a failure.
"""
import json
import sys
import textwrap

tee, doctor_file, hunt_file = sys.argv[1:]
with open(doctor_file) as file:
    report = next(t for t in json.load(file)["tees"] if t["name"] == tee)
with open(hunt_file) as file:
    attempts = json.load(file)["attempts"]

# Methods that reach memory through the monitor's own descriptor of it.
DESCRIPTOR_METHODS = {"pidfd_getfd", "fd_reopen"}


def say(text):
    print(textwrap.fill(text, 110, initial_indent="  ", subsequent_indent="  "))


def admitted(method):
    """The sentence by which doctor admits that this method works, or None."""
    for sentence in report["does_not_protect_against"]:
        if "descriptor" in sentence and method in DESCRIPTOR_METHODS:
            return sentence
        if sentence == "root" or "can read guest memory" in sentence:
            return sentence
    return None


found = [a for a in attempts if a["outcome"] == "found" and a["method"] != "write_code"]
unexpected = [a for a in found if admitted(a["method"]) is None]
for attempt in unexpected:
    say(f"BROKEN: {attempt['method']} found the record in {attempt['process']}, and nothing admits it.")
for sentence in sorted({admitted(a["method"]) for a in found if admitted(a["method"])}):
    say(f"The record was found by {', '.join(sorted({a['method'] for a in found}))}. Strongroom does not claim "
        f"otherwise: --tee {tee} does not protect against {sentence}.")
if not found:
    say("The record was not found.")
say(f"--tee {tee} does not protect against: " + "; ".join(report["does_not_protect_against"]) + ".")
sys.exit(1 if unexpected else 0)
