"""Which process runs an image, and where in it the enclave is."""

import os
import re
import time

import gdb

from .errors import fail
from .image import PAGE

FOUR_GIBIBYTES = 1 << 32
KEEPER = "strongroom-keeper"


def read_maps(process):
    try:
        with open("/proc/%d/maps" % process, encoding="latin-1") as file:
            return file.read()
    except FileNotFoundError:
        fail("there is no process %d" % process)
    except PermissionError:
        fail("process %d belongs to somebody else; run gdb as root, or as the user who runs the enclave" % process)
    except OSError as error:
        fail("cannot read the memory map of process %d: %s" % (process, error.strerror))


def debug_socket(process):
    """Of a process that holds a debug enclave in `vm`: where gdb connects, and the enclave's base. Else None."""
    directory = "/proc/%d/fd" % process
    try:
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            match = re.search(r"/strongroom-gdb-[^/]+/([0-9a-f]+) \(deleted\)$", os.readlink(path))
            if match:
                return path, int(match.group(1), 16)
    except OSError:
        pass
    return None


def mapped_base(process, image):
    """Where the process has mapped an enclave's header page, and whether it is a production enclave."""
    socket = debug_socket(process)
    if socket:
        return socket[1], False
    production = False  # in `vm`
    for line in read_maps(process).splitlines():
        if "strongroom-code" not in line:
            continue
        start, shared = int(line.split("-")[0], 16), line.split()[1][3] == "s"
        if start % max(image.enclave_size, FOUR_GIBIBYTES) == 0:
            return start, shared
        production |= shared
    return None, production


def header_place(process, base):
    """Where the image's header page is in the process. In `vm` the enclave has its own addresses."""
    if debug_socket(process):
        for line in read_maps(process).splitlines():
            if "strongroom-code" in line:
                return int(line.split("-")[0], 16)
    return base


def find_process(image):
    """The one process that runs the image for debugging."""
    found = []
    for process in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            with open("/proc/%d/comm" % process, encoding="latin-1") as file:
                if not KEEPER.startswith(file.read().strip()):
                    continue
            base, production = mapped_base(process, image)
            if base is None or production:
                continue
            with open("/proc/%d/mem" % process, "rb", 0) as memory:
                memory.seek(header_place(process, base))
                if memory.read(PAGE) == image.header_page:
                    found.append(process)
        except (OSError, gdb.GdbError):
            continue
    if not found:
        fail(
            "no process runs %s for debugging; start it with --debug in the TEE `process` or `vm`, as this user or "
            "with gdb as root" % image.path
        )
    if len(found) > 1:
        fail("several processes run %s: name one of %s" % (image.path, ", ".join(map(str, sorted(found)))))
    return found[0]


def find_base(process, image):
    """The enclave's base, or an error that says why gdb cannot help with this process."""
    base, production = mapped_base(process, image)
    for _ in range(40):  # it may just be starting
        if base is not None or production or KEEPER not in read_maps(process):
            break
        time.sleep(0.05)
        base, production = mapped_base(process, image)
    if production:
        fail(
            "process %d is a production enclave, and those refuse debuggers. Set debug = true in the manifest, build "
            "and sign it again, and run it with --debug" % process
        )
    if base is None:
        fail(
            "process %d is no enclave of this image in the TEE `process`, and no debug enclave in `vm`. Name the "
            "process that the launch reported" % process
        )
    return base
