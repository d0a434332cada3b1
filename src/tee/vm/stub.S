// Ring 0 of the virtual machine: all of it. A template of one page, copied once for each processor; the processor's data page follows it.
// System calls and exceptions are passed on to the enclave kernel in ring 3 by IRETQ through frames that the monitor has prepared. The
// few instructions matter: a software hypervisor interprets each.

#include "tee/vm/stub_layout.h"

#define DATA(offset) (strongroom_stub + 4096 + (offset))(%rip)

  .section .rodata
  .balign 4096
  .globl strongroom_stub
strongroom_stub:

  // LSTAR. rcx and r11 hold the program's rip and flags; rsp is the program's.
  .org STUB_SYSCALL
  mov %rsp, DATA(STUB_SYSCALL_FRAME + 24)
  lea DATA(STUB_SYSCALL_FRAME), %rsp
  iretq

  // NMI, by which the monitor makes a processor drop its cached translations.
  .org STUB_NMI
  push %rax
  mov %cr3, %rax
  mov %rax, %cr3
  pop %rax
  iretq

  // Invalid opcode: the same, then as every exception. The enclave kernel uses it to drop its own processor's translations: unlike `int`, UD2
  // reaches ring 0 on every hypervisor.
  .org STUB_INVALID_OPCODE
  pushq $0
  pushq $6
  push %rax
  mov %cr3, %rax
  mov %rax, %cr3
  pop %rax
  jmp exception

  // The record of the exception stays at the end of the data page: page fault address, vector, error code and what the processor pushed.
  .org STUB_COMMON
exception:
  push %rax
  mov %cr2, %rax
  xchg %rax, (%rsp)
  lea DATA(STUB_EXCEPTION_FRAME), %rsp
  iretq

  .set vector, 0
  .rept 32
  .org STUB_VECTORS + 16 * vector
  // Vectors with an error code: Intel SDM volume 3A, table 6-1.
  .if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17) && (vector != 21)
  pushq $0
  .endif
  pushq $vector
  .if vector == 13
  jmp general_protection
  .else
  jmp exception
  .endif
  .set vector, vector + 1
  .endr

  // A hypervisor that refuses the host call itself: the enclave kernel, told of it, could only try again.
  .org STUB_GENERAL_PROTECTION
general_protection:
  cmpq $STUB_CALL_PAGE, 16(%rsp)
  jne exception
  out %al, $STUB_REFUSED_PORT

  .org 4096

  .section .note.GNU-stack, "", @progbits
