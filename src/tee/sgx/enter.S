// int sgx_enter(uint64_t vdso_function, uint32_t leaf, sgx_enclave_run* run, EntryRegisters* registers): see vdso.h. The vDSO keeps only RBX, RBP and
// RSP; the enclave leaves zeros in the rest.

  .text
  .globl strongroom_sgx_enter
  .type strongroom_sgx_enter, @function
strongroom_sgx_enter:
  .cfi_startproc
  push %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  mov %rsp, %rbp
  .cfi_def_cfa_register %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  push %rcx                  // registers
  sub $16, %rsp
  stmxcsr 8(%rsp)
  fnstcw 12(%rsp)
  mov %rdx, (%rsp)           // the seventh argument: run
  mov %rdi, %rax
  mov %rcx, %r10
  mov %esi, %ecx
  mov (%r10), %rdi
  mov 8(%r10), %rsi
  mov 16(%r10), %rdx
  xor %r8d, %r8d
  xor %r9d, %r9d
  call *%rax
  pushq $2                   // DF and AC, which an asynchronous exit leaves as the enclave had them
  popfq
  mov 16(%rsp), %rcx
  mov %rdi, (%rcx)
  mov %rsi, 8(%rcx)
  mov %rdx, 16(%rcx)
  ldmxcsr 8(%rsp)
  fldcw 12(%rsp)
  lea -40(%rbp), %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  .cfi_def_cfa %rsp, 8
  ret
  .cfi_endproc
  .size strongroom_sgx_enter, . - strongroom_sgx_enter

  .section .note.GNU-stack, "", @progbits
