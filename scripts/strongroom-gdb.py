"""gdb commands for debug enclaves of the TEE `process`. docs/debugging.md is the manual.

    (gdb) source strongroom-gdb.py
    (gdb) strongroom attach PID train.enclave [PROGRAM] [--kernel strongroom-kernel.elf]
    (gdb) strongroom info

The script believes nothing of the image but what it needs to show the right symbols: the image's header page must
equal the one in the process.
"""

import atexit
import bisect
import hashlib
import os
import re
import shlex
import struct
import tempfile

import gdb
from gdb.unwinder import Unwinder, register_unwinder

PAGE = 4096
FOUR_GIBIBYTES = 1 << 32
MAGIC = 0x314D4F4F52525453  # kImageMagic, src/arch/image_header.h
VERSION = 1
FLAG_DEBUG = 1
PT_LOAD, PT_NOTE, SHT_SYMTAB = 1, 4, 2
NOTE_MANIFEST = 2

# struct ImageHeader (src/arch/image_header.h). A range is two words: offset and size.
HEADER = struct.Struct("<QIIQ 2Q2Q2Q2Q QQII 2Q2Q II 2QQ 2QQQQ")
HEADER_FIELDS = (
    "magic version flags enclave_size kernel kernel_size boot_data boot_data_size gates gates_size program "
    "program_size program_entry program_headers program_header_count thread_count tcs tcs_size ssa ssa_size "
    "ssa_frames ssa_frame_pages kernel_stacks kernel_stacks_size kernel_stack_stride arena arena_size heap_limit "
    "main_stack_size thread_stack_size"
).split()

# Offsets in struct Thread (src/kernel/thread.h asserts them), and the size of its place on the kernel stack.
THREAD_SLOT, THREAD_ID, THREAD_FRAME, THREAD_AREA = 136, 140, 232, 1024
# struct TrapFrame (src/kernel/trap_frame.h): names by word; None is not a register.
TRAP_FRAME = (
    "r15 r14 r13 r12 r11 r10 r9 r8 rbp rdi rsi rdx rcx rbx rax".split() + [None, None, None, "rip", "eflags", "rsp"]
)
# Words of the ucontext that the machine's kernel pushed (sigcontext, arch/x86/include/uapi/asm/sigcontext.h).
SIGNAL_REGISTERS = "r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip".split()
SIGNAL_REGISTERS_OFFSET = 40
REGISTERS = "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15 rsp rip".split()

JUMP, FILLER = b"\xe9", 0x06  # what patched system call sites hold (src/image/gate.cc)
KEEPER = "strongroom-keeper"


def fail(text):
    raise gdb.GdbError("strongroom: " + text)


class Image:
    """An image file, NAME.enclave."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        try:
            with open(path, "rb") as file:
                self.file = file.read()
        except OSError as error:
            fail("cannot read the image %s: %s" % (path, error.strerror))
        try:
            self._parse()
        except (struct.error, IndexError, ValueError):
            fail("%s is not an enclave image, or it is cut off" % path)

    def _parse(self):
        data = self.file
        if data[:4] != b"\x7fELF":
            raise ValueError
        segments, sections = struct.unpack_from("<QQ", data, 32)
        segment_count, _, section_count = struct.unpack_from("<3H", data, 56)
        self.loads = []
        self.manifest = ""
        for i in range(segment_count):
            kind, flags, offset, address, _, size, memory, _ = struct.unpack_from("<IIQQQQQQ", data, segments + 56 * i)
            if kind == PT_LOAD:
                self.loads.append((address, memory, offset, size, flags))
            elif kind == PT_NOTE:
                self._read_notes(data[offset : offset + size])
        self.header_page = data[self.loads[0][2] : self.loads[0][2] + PAGE]
        for name, value in zip(HEADER_FIELDS, HEADER.unpack_from(self.header_page)):
            setattr(self, name, value)
        if self.magic != MAGIC:
            raise ValueError
        if self.version != VERSION:
            fail("%s has version %d; this script knows version %d" % (self.path, self.version, VERSION))
        self.symbols = {}  # of the kernel: name -> offset
        self.kernel_symbols = []  # name, st_info, offset, size
        for i in range(section_count):
            name, kind, _, _, offset, size, link, _, _, _ = struct.unpack_from("<IIQQQQIIQQ", data, sections + 64 * i)
            if kind == SHT_SYMTAB:
                self._read_symbols(data[offset : offset + size], sections + 64 * link)
        self._find_gates()

    def _read_notes(self, notes):
        position = 0
        while position + 12 <= len(notes):
            name_size, size, kind = struct.unpack_from("<III", notes, position)
            position += 12 + (name_size + 3) // 4 * 4
            if kind == NOTE_MANIFEST:
                self.manifest = notes[position : position + size].decode("utf-8", "replace")
            position += (size + 3) // 4 * 4

    def _read_symbols(self, table, strings_header):
        offset, size = struct.unpack_from("<QQ", self.file, strings_header + 24)
        strings = self.file[offset : offset + size]
        for name, kind, _, _, value, size in struct.iter_unpack("<IBBHQQ", table):
            if self.kernel <= value < self.kernel + self.kernel_size:
                text = strings[name : strings.index(b"\0", name)].decode("latin-1")
                self.symbols[text] = value
                self.kernel_symbols.append((text, kind, value, size))

    def _find_gates(self):
        """Where each gate goes back to: its position, and the end of the patched site in the program."""
        found = {}
        self.sites = []
        for address, _, offset, size, flags in self.loads:
            if not flags & 1 or not self.program <= address < self.program + self.program_size:
                continue
            text = self.file[offset : offset + size]
            for match in re.finditer(JUMP, text):
                at = match.start()
                if at + 5 > len(text):
                    break
                target = address + at + 5 + struct.unpack_from("<i", text, at + 1)[0]
                if not self.gates <= target < self.gates + self.gates_size:
                    continue
                end = at + 5
                while end < len(text) and text[end] == FILLER:
                    end += 1
                found[target] = address + end
                self.sites.append((address + at, address + end))
        self.gate_starts = sorted(found)
        self.gate_ends = [found[start] for start in self.gate_starts]

    def in_kernel(self, offset):
        return self.kernel <= offset < self.kernel + self.kernel_size

    def in_gates(self, offset):
        return self.gates <= offset < self.gates + self.gates_size

    def after_gate(self, offset):
        """The place in the program that stands for a place in a gate."""
        index = bisect.bisect_right(self.gate_starts, offset) - 1
        return self.gate_ends[index] if index >= 0 else None

    def from_manifest(self, key):
        match = re.search(r'^%s = "?([^"\n]*)"?$' % key, self.manifest, re.MULTILINE)
        return match.group(1) if match else ""


class Enclave:
    """What the commands and the unwinder know of the enclave that gdb is attached to."""

    def __init__(self, process, image, base):
        self.process, self.image, self.base = process, image, base
        self.kernel_frames = False

    def offset(self, address):
        offset = address - self.base
        return offset if 0 <= offset < self.image.enclave_size else None

    def thread_area(self, gs_base):
        """The slot that a GS base belongs to, or None."""
        offset = self.offset(gs_base)
        if offset is None:
            return None
        slot, rest = divmod(offset - self.image.kernel_stacks, self.image.kernel_stack_stride)
        in_place = rest == self.image.kernel_stack_stride - THREAD_AREA
        return slot if in_place and 0 <= slot < self.image.thread_count else None


enclave = None


def words(address, count):
    return struct.unpack("<%dQ" % count, gdb.selected_inferior().read_memory(address, 8 * count).tobytes())


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class EnclaveUnwinder(Unwinder):
    """From the enclave kernel, and from gates, back into the program."""

    def __init__(self):
        super().__init__("strongroom")

    def __call__(self, pending):
        if enclave is None:
            return None
        pc = int(pending.read_register("rip")) & (2**64 - 1)
        offset = enclave.offset(pc)
        if offset is None:
            return None
        try:
            if enclave.image.in_gates(offset):
                return self._from_gate(pending, offset)
            if enclave.image.in_kernel(offset):
                return self._from_kernel(pending, offset, pc)
        except gdb.MemoryError:
            pass
        return None

    def _from_gate(self, pending, offset):
        registers = {name: int(pending.read_register(name)) & (2**64 - 1) for name in REGISTERS}
        return self._caller(pending, registers, registers["rsp"], registers["rip"])

    def _from_kernel(self, pending, offset, pc):
        sp = int(pending.read_register("rsp")) & (2**64 - 1)
        symbols = enclave.image.symbols
        if offset == symbols.get("strongroom_gate_syscall"):
            registers = {name: int(pending.read_register(name)) & (2**64 - 1) for name in REGISTERS}
            registers["rip"] = registers["rcx"]
            return self._caller(pending, registers, sp, pc)
        restorer = symbols.get("strongroom_process_restorer", -1)
        if enclave.kernel_frames and offset == restorer:
            saved = words(sp + SIGNAL_REGISTERS_OFFSET, len(SIGNAL_REGISTERS))
            return self._caller(pending, dict(zip(SIGNAL_REGISTERS, saved)), sp, pc)
        gate = symbols.get("strongroom_gate_syscall", 0)
        in_gate_code = gate <= offset < symbols.get("strongroom_resume", 0)
        if enclave.kernel_frames and not in_gate_code:
            return None  # the debug information of the kernel knows better
        gs_base = int(pending.read_register("gs_base")) & (2**64 - 1)
        if enclave.thread_area(gs_base) is None:
            return None
        (frame,) = words(gs_base + THREAD_FRAME, 1)
        if enclave.offset(frame) is None:
            return None
        saved = words(frame, len(TRAP_FRAME))
        registers = {name: value for name, value in zip(TRAP_FRAME, saved) if name and name != "eflags"}
        return self._caller(pending, registers, sp, pc)

    @staticmethod
    def _caller(pending, registers, sp, pc):
        offset = enclave.offset(registers["rip"])
        if offset is not None and enclave.image.in_gates(offset):
            after = enclave.image.after_gate(offset)
            if after is not None:
                registers["rip"] = enclave.base + after
        kind = gdb.lookup_type("unsigned long")
        info = pending.create_unwind_info(FrameId(gdb.Value(sp).cast(kind), gdb.Value(pc).cast(kind)))
        for name, value in registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(kind))
        return info


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


def find_base(process, image):
    """The enclave's base, or an error that says why gdb cannot help with this process."""
    alignment = max(image.enclave_size, FOUR_GIBIBYTES)
    bases = []
    production = False
    for line in read_maps(process).splitlines():
        if "strongroom-code" not in line:
            continue
        start = int(line.split("-")[0], 16)
        if start % alignment == 0:
            bases.append(start)
            production = line.split()[1][3] == "s"
    if not bases:
        fail(
            "process %d is no enclave of this image in the TEE `process`. Name the process that the launch reported; "
            "in `vm` gdb cannot see into an enclave: run it with --tee process" % process
        )
    if production:
        fail(
            "process %d is a production enclave, and those refuse debuggers. Set debug = true in the manifest, build "
            "and sign it again, and run it with --debug" % process
        )
    return bases[0]


def check_digest(path, what, expected):
    try:
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        fail("cannot read %s %s: %s" % (what, path, error.strerror))
    if expected and digest != expected:
        fail(
            "%s is not %s that the image was built from (SHA-256 %s..., the manifest says %s...); its lines and "
            "variables would be wrong" % (path, what, digest[:16], expected[:16])
        )


def find_program(image):
    """The program beside the image or in the working directory, where it is the right one."""
    name = image.from_manifest("program")
    for directory in (os.path.dirname(image.path), os.getcwd()):
        path = os.path.join(directory, name)
        if name and os.path.isfile(path):
            with open(path, "rb") as file:
                if hashlib.sha256(file.read()).hexdigest() == image.from_manifest("program_sha256"):
                    return path
    return None


def kernel_symbol_file(image):
    """A file with the kernel's symbols alone, for where the program's come from its own file. The names begin with
    `kernel:`, so that `break read` means the program's read."""
    names, table = b"\0", struct.pack("<IBBHQQ", 0, 0, 0, 0, 0, 0)
    functions = [s for s in image.kernel_symbols if s[1] & 15 in (0, 2)]  # STT_NOTYPE, STT_FUNC
    for name, kind, value, size in functions + [("kernel:gates", 2, image.gates, image.gates_size)]:
        if name.startswith("_Z"):
            name = "kernel:" + quietly("demangle -l c++ -- " + name).strip()
        section = 2 if image.in_gates(value) else 1
        table += struct.pack("<IBBHQQ", len(names), 0x10 | kind & 15, 0, section, value, size)
        names += name.encode("latin-1", "replace") + b"\0"
    section_names = b"\0.kernel\0.gates\0.strtab\0.symtab\0"
    position = 64
    headers = [
        (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (1, 8, 6, image.kernel, 64, image.kernel_size, 0, 0, 16, 0),  # SHT_NOBITS, ALLOC | EXECINSTR
        (9, 8, 6, image.gates, 64, image.gates_size, 0, 0, 16, 0),
    ]
    contents = b""
    for name, kind, bytes_, link, info, entry in ((16, 3, names, 0, 0, 0), (24, 2, table, 3, 1, 24), (16, 3, section_names, 0, 0, 0)):
        headers.append((name, kind, 0, 0, position + len(contents), len(bytes_), link, info, 1, entry))
        contents += bytes_
    ident = b"\x7fELF\2\1\1" + bytes(9)
    elf = ident + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, position + len(contents), 0, 64, 56, 0, 64, len(headers), len(headers) - 1
    )
    with tempfile.NamedTemporaryFile("wb", prefix="strongroom-kernel-", suffix=".elf", delete=False) as file:
        file.write(elf + contents + b"".join(struct.pack("<IIQQQQIIQQ", *header) for header in headers))
    atexit.register(os.unlink, file.name)
    return file.name


def quoted(path):
    return '"%s"' % os.path.abspath(path).replace("\\", "\\\\").replace('"', '\\"')


def quietly(command):
    return gdb.execute(command, to_string=True)


def load_symbols(image, base, program, kernel):
    # Before attaching, so that gdb finds the program's threads and their thread_local variables at once. The image
    # stands for the executable file: the process's own, strongroom-keeper, is not what runs in it any more.
    # The shared libraries that its auxiliary vector leads to are the keeper's, too, and gone: no file is found for them.
    for setting in ("exec-file-mismatch off", "confirm off", "auto-solib-add off", "sysroot /nonexistent"):
        quietly("set " + setting)
    quietly("symbol-file")
    quietly("exec-file " + quoted(image.path))
    # Some file must be the main one, or `attach` takes the process's own.
    main = kernel or (kernel_symbol_file(image) if program else image.path)
    quietly("symbol-file %s -o %#x" % (quoted(main), base))
    if program:
        # gdb 13 misplaces functions with C names, such as main, that it reads after the file has been moved.
        quietly("add-symbol-file -readnow %s -o %#x" % (quoted(program), base + image.program))
    quietly("set confirm on")


class Strongroom(gdb.Command):
    """Debug enclaves of Strongroom. See `help strongroom attach`."""

    def __init__(self):
        super().__init__("strongroom", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, True)


class Attach(gdb.Command):
    """Attach to a debug enclave: strongroom attach PID IMAGE [PROGRAM] [--kernel FILE]

PID      the enclave's process, as the launch reported it
IMAGE    NAME.enclave
PROGRAM  the program that the image was built from, for lines and variables (compile it with -g). Without it
         gdb looks beside the image; without any there are function names only.
--kernel the enclave kernel with its debug information, to see its frames one by one."""

    def __init__(self):
        super().__init__("strongroom attach", gdb.COMMAND_RUNNING, gdb.COMPLETE_FILENAME)

    def invoke(self, text, from_tty):
        global enclave
        process, image_path, program, kernel = self.parse(text)
        if gdb.selected_inferior().pid != 0:
            fail("gdb debugs process %d already; `detach` first" % gdb.selected_inferior().pid)
        image = Image(image_path)
        if not image.flags & FLAG_DEBUG:
            fail(
                "%s is a production image: its enclaves refuse debuggers. Set debug = true in the manifest, build and "
                "sign it again, and run it with --debug" % image_path
            )
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
        enclave = Enclave(process, image, base)
        enclave.kernel_frames = kernel is not None
        gdb.invalidate_cached_frames()
        if KEEPER in read_maps(process):
            # It waits for a debugger and has still the keeper's code: on to the program's first instruction.
            quietly("tbreak *%#x" % (base + image.program_entry))
            quietly("continue")
        self.report(program)

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
        if len(arguments) not in (2, 3) or not arguments[0].isdigit():
            fail("usage: strongroom attach PID IMAGE [PROGRAM] [--kernel FILE]")
        return int(arguments[0]), arguments[1], arguments[2] if len(arguments) == 3 else None, kernel

    @staticmethod
    def attach(process):
        try:
            quietly("attach %d" % process)
        except gdb.error as error:
            tracer = re.search(r"TracerPid:\s+(\d+)", open("/proc/%d/status" % process, encoding="ascii").read())
            if tracer and tracer.group(1) != "0":
                fail("process %d has a debugger already: process %s" % (process, tracer.group(1)))
            fail("cannot attach: %s Run gdb as root, or as the user who runs the enclave." % error)

    @staticmethod
    def report(program):
        name = enclave.image.from_manifest("name")
        print("Attached to the enclave `%s`, process %d, base %#x." % (name, enclave.process, enclave.base))
        if program:
            print("Program: %s, at %#x." % (program, enclave.base + enclave.image.program))
        else:
            print("There is no program with debug information: name the file that the image was built from.")


class Info(gdb.Command):
    """Show the enclave: its layout in memory, its threads with slots and TLS."""

    def __init__(self):
        super().__init__("strongroom info", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE)

    def invoke(self, text, from_tty):
        if enclave is None:
            fail("not attached to an enclave; use `strongroom attach PID IMAGE [PROGRAM]`")
        image = enclave.image
        print("enclave `%s`, process %d" % (image.from_manifest("name"), enclave.process))
        print("  base %#x, size %#x, debug" % (enclave.base, image.enclave_size))
        print("  program entry %#x, heap limit %d KiB" % (enclave.base + image.program_entry, image.heap_limit >> 10))
        print("ranges")
        for name in ("kernel", "boot_data", "gates", "program", "tcs", "ssa", "kernel_stacks", "arena"):
            begin, size = enclave.base + getattr(image, name), getattr(image, name + "_size")
            print("  %#x-%#x %s" % (begin, begin + size, name.replace("_", " ")))
        print("segments")
        for address, memory, _, size, flags in image.loads:
            if address >= image.kernel_stacks:
                continue
            rights = "".join(c if flags & bit else "-" for c, bit in (("r", 4), ("w", 2), ("x", 1)))
            begin = enclave.base + address
            print("  %#x-%#x %s %#x bytes in the image" % (begin, begin + memory, rights, size))
        self.threads()

    @staticmethod
    def threads():
        print("threads (at most %d)" % enclave.image.thread_count)
        selected = gdb.selected_thread()
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
            if thread.is_running():
                print("  gdb %d: running" % thread.num)
                continue
            thread.switch()
            frame = gdb.newest_frame()
            gs_base, fs_base = (int(frame.read_register(n)) & (2**64 - 1) for n in ("gs_base", "fs_base"))
            slot = enclave.thread_area(gs_base)
            if slot is None:
                print("  gdb %d: not in the enclave yet" % thread.num)
                continue
            number = words(gs_base + THREAD_ID - 4, 1)[0] >> 32
            offset = enclave.offset(frame.pc())
            inside = offset is not None and (enclave.image.in_kernel(offset) or enclave.image.in_gates(offset))
            print(
                "  gdb %d: slot %d, thread id %d, TLS %#x, in the %s"
                % (thread.num, slot, number, fs_base, "enclave kernel" if inside else "program")
            )
        if selected is not None:
            selected.switch()


def on_stop(event):
    """The kernel touches the program's memory by instructions that may fault; it answers the call with EFAULT."""
    if enclave is None or not isinstance(event, gdb.SignalEvent) or event.stop_signal not in ("SIGSEGV", "SIGBUS"):
        return
    offset = enclave.offset(gdb.newest_frame().pc())
    survived = ("strongroom_user_copy", "strongroom_user_zero", "strongroom_user_exchange")
    if offset is not None and offset in [enclave.image.symbols.get(name + "_instruction") for name in survived]:
        print("strongroom: a system call was given an invalid address; the enclave goes on.")
        gdb.post_event(lambda: gdb.execute("continue"))


def on_exit(event):
    global enclave
    if enclave is None:
        return
    process, enclave = enclave.process, None
    if os.path.exists("/proc/%d/mem" % process) and read_maps(process):
        return  # detached
    print("strongroom: the enclave has ended. Its keeper ends it by SIGKILL; how it ended, the launcher says.")


def on_breakpoint(breakpoint):
    if enclave is None:
        return
    for location in breakpoint.locations:
        offset = enclave.offset(location.address) if location.address else None
        if offset is not None and any(begin < offset < end for begin, end in enclave.image.sites):
            print(
                "strongroom: breakpoint %d stands inside a rewritten system call (see docs/debugging.md) and would break "
                "it; it is disabled. Put it on the function's first instruction." % breakpoint.number
            )
            breakpoint.enabled = False


Strongroom()
Attach()
Info()
register_unwinder(None, EnclaveUnwinder(), replace=True)
gdb.events.stop.connect(on_stop)
gdb.events.exited.connect(on_exit)
gdb.events.breakpoint_created.connect(on_breakpoint)
