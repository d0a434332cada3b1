"""Backtraces from the enclave kernel, and from gates, back into the program."""

import gdb
from gdb.unwinder import Unwinder

from . import enclave as state
from .enclave import THREAD_FRAME, words

# struct TrapFrame (src/kernel/trap_frame.h): names by word; None is not a register.
TRAP_FRAME = (
    "r15 r14 r13 r12 r11 r10 r9 r8 rbp rdi rsi rdx rcx rbx rax".split() + [None, None, None, "rip", "eflags", "rsp"]
)
# Words of the ucontext that the machine's kernel pushed (sigcontext, arch/x86/include/uapi/asm/sigcontext.h).
SIGNAL_REGISTERS = "r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip".split()
SIGNAL_REGISTERS_OFFSET = 40
REGISTERS = "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15 rsp rip".split()


CALL_PAGE, PAGE = 0x10000000, 4096  # kVmCallPage (src/kernel/port/vm_layout.h): how `vm` leaves the enclave


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class EnclaveUnwinder(Unwinder):
    """From the enclave kernel, and from gates, back into the program."""

    def __init__(self):
        super().__init__("strongroom")

    def __call__(self, pending):
        if state.attached is None:
            return None
        pc = int(pending.read_register("rip")) & (2**64 - 1)
        offset = state.attached.offset(pc)
        try:
            if CALL_PAGE <= pc < CALL_PAGE + PAGE:
                return self._from_call_page(pending, pc)
            if offset is None:
                return None
            if state.attached.image.in_gates(offset):
                return self._from_gate(pending, offset)
            if state.attached.image.in_kernel(offset):
                return self._from_kernel(pending, offset, pc)
        except gdb.MemoryError:
            pass
        return None

    def _from_gate(self, pending, offset):
        registers = {name: int(pending.read_register(name)) & (2**64 - 1) for name in REGISTERS}
        return self._caller(pending, registers, registers["rsp"], registers["rip"])

    def _from_call_page(self, pending, pc):
        if not state.attached.kernel_frames:
            return self._from_system_call(pending, pc)
        registers = {name: int(pending.read_register(name)) & (2**64 - 1) for name in REGISTERS}
        sp = registers["rsp"]
        (registers["rip"],) = words(sp, 1)
        registers["rsp"] += 8
        return self._caller(pending, registers, sp, pc)

    def _from_kernel(self, pending, offset, pc):
        sp = int(pending.read_register("rsp")) & (2**64 - 1)
        symbols = state.attached.image.symbols
        if offset == symbols.get("strongroom_gate_syscall"):
            registers = {name: int(pending.read_register(name)) & (2**64 - 1) for name in REGISTERS}
            registers["rip"] = registers["rcx"]
            return self._caller(pending, registers, sp, pc)
        restorer = symbols.get("strongroom_process_restorer", -1)
        if state.attached.kernel_frames and offset == restorer:
            saved = words(sp + SIGNAL_REGISTERS_OFFSET, len(SIGNAL_REGISTERS))
            return self._caller(pending, dict(zip(SIGNAL_REGISTERS, saved)), sp, pc)
        gate = symbols.get("strongroom_gate_syscall", 0)
        in_gate_code = gate <= offset < symbols.get("strongroom_resume", 0)
        if state.attached.kernel_frames and not in_gate_code:
            return None  # the debug information of the kernel knows better
        return self._from_system_call(pending, pc)

    def _from_system_call(self, pending, pc):
        sp = int(pending.read_register("rsp")) & (2**64 - 1)
        gs_base = int(pending.read_register("gs_base")) & (2**64 - 1)
        if state.attached.thread_area(gs_base) is None:
            return None
        (frame,) = words(gs_base + THREAD_FRAME, 1)
        if state.attached.offset(frame) is None:
            return None
        saved = words(frame, len(TRAP_FRAME))
        registers = {name: value for name, value in zip(TRAP_FRAME, saved) if name and name != "eflags"}
        return self._caller(pending, registers, sp, pc)

    @staticmethod
    def _caller(pending, registers, sp, pc):
        offset = state.attached.offset(registers["rip"])
        if offset is not None and state.attached.image.in_gates(offset):
            after = state.attached.image.after_gate(offset)
            if after is not None:
                registers["rip"] = state.attached.base + after
        kind = gdb.lookup_type("unsigned long")
        info = pending.create_unwind_info(FrameId(gdb.Value(sp).cast(kind), gdb.Value(pc).cast(kind)))
        for name, value in registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(kind))
        return info
