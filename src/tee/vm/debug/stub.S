// What a debug enclave's ring 0 does with an exception instead of passing it on: it tells the monitor first. Stands where STUB_COMMON does.

#include "tee/vm/debug/stub_layout.h"
#include "tee/vm/stub_layout.h"

#define DATA(offset) (strongroom_debug_stub + 4096 + (offset))(%rip)

  .section .rodata
  .balign 4096
  .globl strongroom_debug_stub
strongroom_debug_stub:

  // The record of the exception as in production; then the monitor, which goes on at one of the two places below.
  .org STUB_COMMON
  push %rax
  mov %cr2, %rax
  xchg %rax, (%rsp)
  out %al, $STUB_DEBUG_PORT

  .org STUB_DEBUG_PASS
  lea DATA(STUB_EXCEPTION_FRAME), %rsp
  iretq

  // With rsp at the record's rip.
  .org STUB_DEBUG_RETURN
  iretq

  .org STUB_VECTORS

  .section .note.GNU-stack, "", @progbits
