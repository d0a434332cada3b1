"""What the script does when the enclave stops or ends, and when a breakpoint is set."""

import gdb

from . import enclave as state


def on_stop(event):
    """The kernel touches the program's memory by instructions that may fault; it answers the call with EFAULT."""
    if state.attached is None or not isinstance(event, gdb.SignalEvent):
        return
    if event.stop_signal not in ("SIGSEGV", "SIGBUS"):
        return
    offset = state.attached.offset(gdb.newest_frame().pc())
    survived = ("strongroom_user_copy", "strongroom_user_zero", "strongroom_user_exchange")
    if offset is not None and offset in [state.attached.image.symbols.get(name + "_instruction") for name in survived]:
        print("strongroom: a system call was given an invalid address; the enclave goes on.")
        gdb.post_event(lambda: gdb.execute("continue"))


def on_exit(event):
    if state.attached is None:
        return
    state.attached = None
    if gdb.convenience_variable("_exitcode") is not None:
        print("strongroom: the enclave has ended.")
    elif gdb.convenience_variable("_exitsignal") is not None:
        print("strongroom: the enclave has ended. How, the launcher says: a keeper ends what it holds by SIGKILL.")


def on_breakpoint(breakpoint):
    if state.attached is None:
        return
    for location in breakpoint.locations:
        offset = state.attached.offset(location.address) if location.address else None
        if offset is not None and any(begin < offset < end for begin, end in state.attached.image.sites):
            print(
                "strongroom: breakpoint %d stands inside a rewritten system call (see docs/debugging.md) and would "
                "break it; it is disabled. Put it on the function's first instruction." % breakpoint.number
            )
            breakpoint.enabled = False
