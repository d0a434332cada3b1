"""Reads an image file, NAME.enclave: the header page, the manifest, the kernel's symbols and the gates."""

import bisect
import os
import re
import struct

from .errors import fail

PAGE = 4096
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
JUMP, FILLER = b"\xe9", 0x06  # what patched system call sites hold (src/image/gate.cc)


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
