"""Shows gdb the symbols of the program and of the enclave kernel where they are in the process."""

import atexit
import hashlib
import os
import struct
import tempfile

import gdb

from .errors import fail


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
    parts = ((16, 3, names, 0, 0, 0), (24, 2, table, 3, 1, 24), (16, 3, section_names, 0, 0, 0))
    for name, kind, bytes_, link, info, entry in parts:
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
    # The shared libraries that its auxiliary vector leads to are the keeper's, too: no file is found for them.
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
