"""The enclave that gdb is attached to."""

import struct

import gdb

# Offsets in struct Thread (src/kernel/thread.h asserts them), and the size of its place on the kernel stack.
THREAD_ID, THREAD_FRAME, THREAD_AREA = 140, 144, 1024


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


attached = None  # the Enclave, while there is one


def words(address, count):
    return struct.unpack("<%dQ" % count, gdb.selected_inferior().read_memory(address, 8 * count).tobytes())
