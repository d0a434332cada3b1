// The emulated vDSO: __vdso_sgx_enter_enclave() as Linux offers it (include/uapi/asm/sgx.h: vdso_sgx_enter_enclave_t
// and struct sgx_enclave_run), with one addition: EENTER goes through a pointer to the emulator where that is set, so
// that an entry costs no trap. One page that holds code and the pointer, so that file offsets are addresses.

  .set EENTER, 2
  .set ERESUME, 3
  .set EEXIT, 4
  .set EINVAL, 22
  // struct sgx_enclave_run
  .set RUN_TCS, 0
  .set RUN_FUNCTION, 8
  .set RUN_VECTOR, 12
  .set RUN_ERROR_CODE, 14
  .set RUN_ADDRESS, 16
  .set RUN_HANDLER, 24
  .set RUN_RESERVED, 40
  .set RUN_SIZE, 256
  // from %rbp: where the caller put the seventh argument
  .set ARGUMENT_RUN, 16

  .text
  .globl __vdso_sgx_enter_enclave
  .type __vdso_sgx_enter_enclave, @function
__vdso_sgx_enter_enclave:
  .cfi_startproc
  push %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  mov %rsp, %rbp
  .cfi_def_cfa_register %rbp
  push %rbx
  .cfi_rel_offset %rbx, -8
  mov %ecx, %eax

.Lenter:
  lea -EENTER(%rax), %ecx
  cmp $(ERESUME - EENTER), %ecx
  ja .Linvalid
  mov ARGUMENT_RUN(%rbp), %rcx
  mov $RUN_RESERVED, %ebx
.Lreserved:
  cmpq $0, (%rcx, %rbx)
  jne .Linvalid
  add $8, %ebx
  cmp $RUN_SIZE, %ebx
  jne .Lreserved

  mov RUN_TCS(%rcx), %rbx
  lea sgxemu_vdso_enclu(%rip), %rcx
  cmp $EENTER, %eax
  jne sgxemu_vdso_enclu
  cmpq $0, sgxemu_vdso_eenter(%rip)
  je sgxemu_vdso_enclu
  jmp *sgxemu_vdso_eenter(%rip)

  // Where execution enters, and where it comes after an asynchronous exit, with ERESUME in EAX.
  .globl sgxemu_vdso_enclu
sgxemu_vdso_enclu:
  .byte 0x0f, 0x01, 0xd7  // enclu
  mov ARGUMENT_RUN(%rbp), %rbx
  movl $EEXIT, RUN_FUNCTION(%rbx)

.Lexited:
  cmpq $0, RUN_HANDLER(%rbx)
  jne .Lcall_handler
  xor %eax, %eax
.Lreturn:
  pop %rbx
  leave
  .cfi_def_cfa %rsp, 8
  ret
  .cfi_def_cfa %rbp, 16
.Linvalid:
  mov $-EINVAL, %eax
  jmp .Lreturn

  // An exception at or after the ENCLU: EAX leaf, RDI vector, RSI error code, RDX address.
  .globl sgxemu_vdso_exception
sgxemu_vdso_exception:
  mov ARGUMENT_RUN(%rbp), %rbx
  mov %eax, RUN_FUNCTION(%rbx)
  mov %di, RUN_VECTOR(%rbx)
  mov %si, RUN_ERROR_CODE(%rbx)
  mov %rdx, RUN_ADDRESS(%rbx)
  jmp .Lexited

  // handler(rdi, rsi, rdx, rsp, r8, r9, run) with the registers as the enclave left them.
.Lcall_handler:
  mov %rsp, %rcx
  mov %rbx, %rax
  mov %rsp, %rbx
  and $15, %ebx  // what aligning the stack takes away
  and $-16, %rsp
  push %rax
  push %rax
  cld
  mov RUN_HANDLER(%rax), %rax
  lfence
  call *%rax
  lea 16(%rsp, %rbx), %rsp
  test %eax, %eax
  jle .Lreturn
  jmp .Lenter
  .cfi_endproc
  .size __vdso_sgx_enter_enclave, . - __vdso_sgx_enter_enclave

  // Set before the image becomes executable.
  .balign 8
  .globl sgxemu_vdso_eenter
sgxemu_vdso_eenter:
  .quad 0

  .section .note.GNU-stack, "", @progbits
