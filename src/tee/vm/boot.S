// The first instructions of a virtual machine whose memory is private: in ring 0, before any of the enclave's. They bring the image's pages
// from memory that the monitor has filled into memory that only the guest reaches. rbx: a list of CopyRange (private_memory.h), which one of
// size 0 ends. A page of its own; nothing else is on it.

  .section .rodata
  .balign 4096
  .globl strongroom_boot
strongroom_boot:
  cld
next:
  mov 0(%rbx), %rdi
  mov 8(%rbx), %rsi
  mov 16(%rbx), %rcx
  test %rcx, %rcx
  jz done
  rep movsb
  add $24, %rbx
  jmp next
done:
  out %al, $0xe1                 // kVmPort
  ud2

  .org 4096

  .section .note.GNU-stack, "", @progbits
