// The stand-in for the kernel's code: what makes system calls from inside its bounds.
.text
.balign 16
.globl strongroom_text_start
strongroom_text_start:
#include "../port/process_syscall.S"
.text
.globl strongroom_text_end
strongroom_text_end:
// The same from outside of them.
.globl system_call_from_outside
.type system_call_from_outside, @function
system_call_from_outside:
  mov %rdi, %rax
  syscall
  ret
.section .note.GNU-stack, "", @progbits
