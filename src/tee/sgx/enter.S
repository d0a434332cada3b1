// int sgx_enter(uint64_t vdso_function, uint32_t leaf, sgx_enclave_run* run, EntryRegisters* registers): see vdso.h. The vDSO keeps only RBX, RBP and
// RSP; the enclave leaves zeros in the rest.

#define EXIT_WAIT 4           // kernel::SgxExit
#define EEXIT 4
#define RUN_FUNCTION 8         // struct sgx_enclave_run

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

  // int sgx_left(rdi, rsi, rdx, rsp, r8, r9, run): the vDSO's user handler, with the registers as the enclave left them. A wait is served here,
  // and the enclave entered again; of anything else the registers stay as they are, and strongroom_sgx_enter returns.
  .globl strongroom_sgx_left
  .type strongroom_sgx_left, @function
strongroom_sgx_left:
  .cfi_startproc
  cmp $EXIT_WAIT, %rdi
  jne 1f
  mov 8(%rsp), %rdi
  cmpl $EEXIT, RUN_FUNCTION(%rdi)
  jne 2f
  pushq $2                   // as above
  popfq
  jmp strongroom_sgx_serve_wait
2:
  mov $EXIT_WAIT, %edi
1:
  xor %eax, %eax
  ret
  .cfi_endproc
  .size strongroom_sgx_left, . - strongroom_sgx_left

  .section .note.GNU-stack, "", @progbits
