// The ways into and out of the emulator's C++: signals, and EENTER without a trap.
// Offsets: struct ThreadRecord in thread.h, struct Registers in core/cpu.h.
  .set IN_ENCLAVE, 0
  .set HOST_FS, 8
  .set HOST_GS, 16
  .set ENCLAVE_FS, 24
  .set ENCLAVE_GS, 32
  .set SELECTOR, 40
  .set SLOTS_SIZE, 1024 * 128 * 1024
  .set SLOT_MASK, -(128 * 1024)
  .set ALLOW, 0
  .set BLOCK, 1
  .set SYS_rt_sigreturn, 15

  .text
// sgxemu_signal_entry(rdi signal, rsi siginfo, rdx ucontext)
  .globl sgxemu_signal_entry
  .hidden sgxemu_signal_entry
  .type sgxemu_signal_entry, @function
sgxemu_signal_entry:
  cld
  pushfq
  andl $~(1 << 18), (%rsp)  // AC
  popfq
  xor %ecx, %ecx
  mov sgxemu_slots(%rip), %rax
  mov %rsp, %r8
  sub %rax, %r8
  cmp $SLOTS_SIZE, %r8
  jae 1f
  and $SLOT_MASK, %r8
  lea (%rax, %r8), %rcx  // this thread's record
  cmpq $0, IN_ENCLAVE(%rcx)
  je 1f
  // FS and GS are the enclave's, and system calls are blocked.
  rdfsbase %r8
  mov %r8, ENCLAVE_FS(%rcx)
  rdgsbase %r8
  mov %r8, ENCLAVE_GS(%rcx)
  mov HOST_FS(%rcx), %r8
  wrfsbase %r8
  mov HOST_GS(%rcx), %r8
  wrgsbase %r8
  movb $ALLOW, SELECTOR(%rcx)
1:
  mov %rsp, %rbx  // the frame: the kernel restores RBX from it
  sub $8, %rsp
  and $-16, %rsp
  call sgxemu_handle_signal
  lea 8(%rbx), %rsp
  test %rax, %rax
  jz sgxemu_sigreturn
  movb $BLOCK, SELECTOR(%rax)
  mov ENCLAVE_GS(%rax), %rcx
  wrgsbase %rcx
  mov ENCLAVE_FS(%rax), %rcx
  wrfsbase %rcx
  .globl sgxemu_sigreturn
  .hidden sgxemu_sigreturn
sgxemu_sigreturn:
  mov $SYS_rt_sigreturn, %eax
  syscall
  hlt
  .globl sgxemu_sigreturn_end
  .hidden sgxemu_sigreturn_end
sgxemu_sigreturn_end:
  .size sgxemu_signal_entry, . - sgxemu_signal_entry

// Jumped to by the emulated vDSO: RAX is EENTER, RBX the TCS, RCX the AEP, at which the ENCLU stands.
  .globl sgxemu_eenter
  .hidden sgxemu_eenter
  .type sgxemu_eenter, @function
sgxemu_eenter:
  // All registers to a struct Registers on the stack; nothing of the vDSO's stands below RSP.
  pushq %rcx  // RIP
  pushfq
  push %r15
  push %r14
  push %r13
  push %r12
  push %r11
  push %r10
  push %r9
  push %r8
  push %rdi
  push %rsi
  push %rbp
  lea 104(%rsp), %rbp  // RSP at the jump
  push %rbp
  push %rbx
  push %rdx
  push %rcx
  push %rax
  mov %rsp, %rbx
  // DF and AC; and TF, since a trap that comes while signals are blocked ends the process.
  pushq $2
  popfq
  // EENTER leaves the extended state alone: what C++ may change of it is kept here.
  sub $2752, %rsp
  and $-64, %rsp
  xor %eax, %eax
  mov $8, %ecx
  lea 512(%rsp), %rdi
  rep stosq
  mov $0xe7, %eax  // x87, SSE, AVX, AVX-512
  xor %edx, %edx
  xsave64 (%rsp)
  mov %rbx, %rdi
  call sgxemu_enter_directly
  mov %rax, %rcx
  mov $0xe7, %eax
  xor %edx, %edx
  xrstor64 (%rsp)
  test %rcx, %rcx
  jz 2f
  movb $BLOCK, SELECTOR(%rcx)
  mov ENCLAVE_GS(%rcx), %rax
  wrgsbase %rax
  mov ENCLAVE_FS(%rcx), %rax
  wrfsbase %rax
2:
  // Neither EENTER nor its failure changes RSP, which POPF and RET below leave as it was at the jump.
  mov %rbx, %rsp
  pop %rax
  pop %rcx
  pop %rdx
  pop %rbx
  add $8, %rsp
  pop %rbp
  pop %rsi
  pop %rdi
  pop %r8
  pop %r9
  pop %r10
  pop %r11
  pop %r12
  pop %r13
  pop %r14
  pop %r15
  popfq
  ret
  .size sgxemu_eenter, . - sgxemu_eenter

  .section .note.GNU-stack, "", @progbits
