"""How the commands fail."""

import gdb


def fail(text):
    raise gdb.GdbError("strongroom: " + text)
