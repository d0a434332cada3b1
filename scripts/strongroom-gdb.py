"""gdb commands for debug enclaves of the TEEs `process` and `vm`. docs/debugging.md is the manual.

    (gdb) source strongroom-gdb.py
    (gdb) strongroom attach [PID] train.enclave [PROGRAM] [--kernel strongroom-kernel.elf]
    (gdb) strongroom info

The script believes nothing of the image but what it needs to show the right symbols: the image's header page must
equal the one in the process.
"""

import os
import sys

import gdb
from gdb.unwinder import register_unwinder

sys.dont_write_bytecode = True  # the installed files belong to somebody else
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from strongroom_gdb import commands, events, unwinder  # noqa: E402: the path comes first

commands.Strongroom()
commands.Attach()
commands.Info()
register_unwinder(None, unwinder.EnclaveUnwinder(), replace=True)
gdb.events.stop.connect(events.on_stop)
gdb.events.exited.connect(events.on_exit)
gdb.events.breakpoint_created.connect(events.on_breakpoint)
