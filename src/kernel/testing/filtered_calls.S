// The stand-in for the kernel's code: what makes system calls from inside its bounds.
.text
.balign 16
.globl strongroom_text_start
strongroom_text_start:
// long strongroom_process_syscall(long number, ...), as in port/process_entry.S.
.globl strongroom_process_syscall
.type strongroom_process_syscall, @function
strongroom_process_syscall:
  mov %rdi, %rax
  mov %rsi, %rdi
  mov %rdx, %rsi
  mov %rcx, %rdx
  mov %r8, %r10
  mov %r9, %r8
  xor %r9d, %r9d
  syscall
  ret
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
