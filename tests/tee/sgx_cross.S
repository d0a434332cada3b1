// void strongroom_test_cross(Crossing*): through the vDSO with every register as the structure says, and back with every
// register in it. Offsets: struct Crossing in sgx_host.h.
  .set FUNCTION, 0
  .set LEAF, 8
  .set RUN, 16
  .set FLAGS, 24
  .set RDI, 32
  .set RSI, 40
  .set RDX, 48
  .set R8, 56
  .set LEFT_FLAGS, 128
  .set LEFT_RDI, 136
  .set LEFT_RSI, 144
  .set LEFT_RDX, 152
  .set LEFT_R8, 160
  .set LEFT_RESULT, 224
  .set EXTENDED, 256
  .set LEFT_EXTENDED, 256 + 2752
  .set EXTENDED_STATE, 0xe7

  .text
  .globl strongroom_test_cross
  .type strongroom_test_cross, @function
strongroom_test_cross:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  push %rdi
  sub $16, %rsp
  mov RUN(%rdi), %rax
  mov %rax, (%rsp)               // the seventh argument
  mov FUNCTION(%rdi), %rax
  mov %rax, 8(%rsp)
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx
  xrstor64 EXTENDED(%rdi)
  mov LEAF(%rdi), %ecx
  mov RSI(%rdi), %rsi
  mov RDX(%rdi), %rdx
  mov R8(%rdi), %r8
  mov R8+8(%rdi), %r9
  mov R8+16(%rdi), %r10
  mov R8+24(%rdi), %r11
  mov R8+32(%rdi), %r12
  mov R8+40(%rdi), %r13
  mov R8+48(%rdi), %r14
  mov R8+56(%rdi), %r15
  pushq FLAGS(%rdi)
  mov RDI(%rdi), %rdi
  popfq
  call *8(%rsp)
  pushfq
  push %rax
  pushq $2
  popfq
  mov 32(%rsp), %rax
  mov %rdi, LEFT_RDI(%rax)
  mov %rsi, LEFT_RSI(%rax)
  mov %rdx, LEFT_RDX(%rax)
  mov %r8, LEFT_R8(%rax)
  mov %r9, LEFT_R8+8(%rax)
  mov %r10, LEFT_R8+16(%rax)
  mov %r11, LEFT_R8+24(%rax)
  mov %r12, LEFT_R8+32(%rax)
  mov %r13, LEFT_R8+40(%rax)
  mov %r14, LEFT_R8+48(%rax)
  mov %r15, LEFT_R8+56(%rax)
  mov %rax, %rdi
  popq LEFT_RESULT(%rdi)
  popq LEFT_FLAGS(%rdi)
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx
  xsave64 LEFT_EXTENDED(%rdi)
  fninit
  movl $0x1f80, (%rsp)
  ldmxcsr (%rsp)
  vzeroupper
  add $16, %rsp
  pop %rdi
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
  .size strongroom_test_cross, . - strongroom_test_cross

  .section .note.GNU-stack, "", @progbits
