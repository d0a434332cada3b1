// The system calls of the port "process".

  .text

  // long strongroom_process_syscall(long number, long a, long b, long c, long d, long e)
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

  .section .note.GNU-stack, "", @progbits
