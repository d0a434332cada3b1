"""The commands `strongroom attach` and `strongroom info`."""

import re
import shlex

import gdb

from . import enclave as state
from .enclave import THREAD_ID, Enclave, words
from .errors import fail
from .image import FLAG_DEBUG, PAGE, Image
from .processes import KEEPER, debug_socket, find_base, find_process, read_maps
from .symbols import check_digest, find_program, load_symbols, quietly


class Strongroom(gdb.Command):
    """Debug enclaves of Strongroom. See `help strongroom attach`."""

    def __init__(self):
        super().__init__("strongroom", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)


class Attach(gdb.Command):
    """Attach to a debug enclave: strongroom attach [PID] IMAGE [PROGRAM] [--kernel FILE]

PID      the enclave's process; may be left out where only one runs the image
IMAGE    NAME.enclave
PROGRAM  the program that the image was built from, for lines and variables (compile it with -g). Without it
         gdb looks beside the image; without any there are function names only.
--kernel the enclave kernel with its debug information, to see its frames one by one."""

    def __init__(self):
        super().__init__("strongroom attach", gdb.COMMAND_RUNNING, gdb.COMPLETE_FILENAME)

    def invoke(self, text, from_tty):
        process, image_path, program, kernel = self.parse(text)
        if gdb.selected_inferior().pid != 0:
            fail("gdb debugs process %d already; `detach` first" % gdb.selected_inferior().pid)
        image = Image(image_path)
        if not image.flags & FLAG_DEBUG:
            fail(
                "%s is a production image: its enclaves refuse debuggers. Set debug = true in the manifest, build and "
                "sign it again, and run it with --debug" % image_path
            )
        process = process or find_process(image)
        base = find_base(process, image)
        if program:
            check_digest(program, "the program", image.from_manifest("program_sha256"))
        if kernel:
            check_digest(kernel, "the kernel", image.from_manifest("kernel_sha256"))
        program = program or find_program(image)
        # What arrives as SIGSYS is a system call. SIGINT is how gdb interrupts; the program has no terminal.
        quietly("handle SIGSYS nostop noprint pass")
        load_symbols(image, base, program, kernel)
        self.attach(process)
        if gdb.selected_inferior().read_memory(base, PAGE).tobytes() != image.header_page:
            quietly("detach")
            fail("process %d runs another image than %s" % (process, image_path))
        gdb.set_convenience_variable("_exitsignal", None)
        gdb.set_convenience_variable("_exitcode", None)
        state.attached = Enclave(process, image, base)
        state.attached.kernel_frames = kernel is not None
        gdb.invalidate_cached_frames()
        if self.has_not_started(process):
            # It waits for a debugger: on to the program's first instruction.
            quietly("tbreak *%#x" % (base + image.program_entry))
            quietly("continue")
        self.report(program)

    @staticmethod
    def has_not_started(process):
        if debug_socket(process):
            entry = state.attached.image.symbols.get("strongroom_entry_vm")
            return state.attached.offset(gdb.newest_frame().pc()) == entry
        return KEEPER in read_maps(process)  # not yet the enclave's code

    @staticmethod
    def parse(text):
        arguments = shlex.split(text)
        kernel = None
        if "--kernel" in arguments:
            at = arguments.index("--kernel")
            if at + 1 == len(arguments):
                fail("--kernel needs a file")
            kernel = arguments[at + 1]
            del arguments[at : at + 2]
        process = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else None
        if len(arguments) not in (1, 2):
            fail("usage: strongroom attach [PID] IMAGE [PROGRAM] [--kernel FILE]")
        return process, arguments[0], arguments[1] if len(arguments) == 2 else None, kernel

    @staticmethod
    def attach(process):
        socket = debug_socket(process)
        try:
            if socket:
                quietly("target remote " + socket[0])
                return
            quietly("attach %d" % process)
        except gdb.error as error:
            if socket:
                fail("cannot connect to process %d: %s Has it a debugger already?" % (process, error))
            tracer = re.search(r"TracerPid:\s+(\d+)", open("/proc/%d/status" % process, encoding="ascii").read())
            if tracer and tracer.group(1) != "0":
                fail("process %d has a debugger already: process %s" % (process, tracer.group(1)))
            fail("cannot attach: %s Run gdb as root, or as the user who runs the enclave." % error)

    @staticmethod
    def report(program):
        name = state.attached.image.from_manifest("name")
        enclave = state.attached
        print("Attached to the enclave `%s`, process %d, base %#x." % (name, enclave.process, enclave.base))
        if program:
            print("Program: %s, at %#x." % (program, state.attached.base + state.attached.image.program))
        else:
            print("There is no program with debug information: name the file that the image was built from.")


class Info(gdb.Command):
    """Show the enclave: its layout in memory, its threads with slots and TLS."""

    def __init__(self):
        super().__init__("strongroom info", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE)

    def invoke(self, text, from_tty):
        if state.attached is None:
            fail("not attached to an enclave; use `strongroom attach [PID] IMAGE [PROGRAM]`")
        image = state.attached.image
        print("enclave `%s`, process %d" % (image.from_manifest("name"), state.attached.process))
        base = state.attached.base
        print("  base %#x, size %#x, debug" % (base, image.enclave_size))
        print("  program entry %#x, heap limit %d KiB" % (base + image.program_entry, image.heap_limit >> 10))
        print("ranges")
        for name in ("kernel", "boot_data", "gates", "program", "tcs", "ssa", "kernel_stacks", "arena"):
            begin, size = base + getattr(image, name), getattr(image, name + "_size")
            print("  %#x-%#x %s" % (begin, begin + size, name.replace("_", " ")))
        print("segments")
        for address, memory, _, size, flags in image.loads:
            if address >= image.kernel_stacks:
                continue
            rights = "".join(c if flags & bit else "-" for c, bit in (("r", 4), ("w", 2), ("x", 1)))
            begin = base + address
            print("  %#x-%#x %s %#x bytes in the image" % (begin, begin + memory, rights, size))
        self.threads()

    @staticmethod
    def threads():
        print("threads (at most %d)" % state.attached.image.thread_count)
        selected = gdb.selected_thread()
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
            if thread.is_running():
                print("  gdb %d: running" % thread.num)
                continue
            thread.switch()
            frame = gdb.newest_frame()
            gs_base, fs_base = (int(frame.read_register(n)) & (2**64 - 1) for n in ("gs_base", "fs_base"))
            slot = state.attached.thread_area(gs_base)
            if slot is None:
                print("  gdb %d: not in the enclave yet" % thread.num)
                continue
            number = words(gs_base + THREAD_ID - 4, 1)[0] >> 32
            offset = state.attached.offset(frame.pc())
            image = state.attached.image
            inside = offset is None or (image.in_kernel(offset) or image.in_gates(offset))
            print(
                "  gdb %d: slot %d, thread id %d, TLS %#x, in the %s"
                % (thread.num, slot, number, fs_base, "enclave kernel" if inside else "program")
            )
        if selected is not None:
            selected.switch()
