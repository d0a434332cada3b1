"""verdict.py TEE DOCTOR.json HUNT.json: says what the hunt means for this TEE. Exit code 1 when a claim did not hold.

What doctor says that a TEE does not protect against on this machine is told as such; everything else that was found is
a failure. The first process is the host's application, which nobody trusts. In `process` the last two are the enclave and
its guardian, and those before them its host; in `vm` the last one holds the enclave.
"""
import json
import sys
import textwrap

tee, doctor_file, hunt_file = sys.argv[1:]
with open(doctor_file) as file:
    report = next(t for t in json.load(file)["tees"] if t["name"] == tee)
with open(hunt_file) as file:
    attempts = json.load(file)["attempts"]
processes = list(dict.fromkeys(attempt["process"] for attempt in attempts))
host = processes[0]
# What root may do to an enclave's host does not touch the enclave.
hosts = processes[:-2] if tee == "process" else [host]


def say(text):
    print(textwrap.fill(text, 110, initial_indent="  ", subsequent_indent="  "))


def admission(attempt):
    """The sentence by which doctor admits that this attempt works here, or None."""
    for sentence in report["does_not_protect_against"]:
        if sentence == "root" or "can read guest memory" in sentence:
            return sentence
        if attempt["method"] in ("pidfd_getfd", "fd_reopen") and "descriptor" in sentence:
            return sentence
        if tee == "vm" and attempt["method"] == "write_code" and "writing into" in sentence:
            return sentence
    return None


successes = [a for a in attempts if a["outcome"] == "found" and not (a["method"] == "write_code" and a["process"] in hosts)]
read = [a for a in successes if a["method"] != "write_code"]
broken = [a for a in successes if admission(a) is None]
for attempt in broken:
    say(f"BROKEN: {attempt['method']} succeeded against {attempt['process']}, and nothing admits it.")
if not read:
    say("The record was not found by reading.")
for sentence in dict.fromkeys(admission(a) for a in successes if admission(a)):
    ways = ", ".join(dict.fromkeys(a["method"] for a in successes if admission(a) == sentence))
    say(f"Root got through by {ways}, as Strongroom says itself: --tee {tee} does not protect against {sentence}.")
if len(hosts) > 1 and any(a["method"] == "write_code" and a["process"] in hosts[1:] and a["outcome"] == "found" for a in attempts):
    say("Root can write into the keeper's processes. They are the enclave's host: of what runs in it they hold nothing.")
others = [s for s in report["does_not_protect_against"] if s not in {admission(a) for a in successes}]
say(f"Nor does it protect against, untried here: {'; '.join(others)}.")
sys.exit(1 if broken else 0)
