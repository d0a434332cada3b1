// How a program enters the kernel, and how it goes back. Offsets are those of Thread (thread.h, by %gs) and TrapFrame (trap_frame.h).

#define THREAD_USER_RSP %gs:8
#define THREAD_KERNEL_RSP %gs:16
#define THREAD_RESUME_RIP %gs:24
#define THREAD_PORT_BLOCK %gs:32
#define CAUSE_SYSTEM_CALL 256

  .macro push_general_registers
  push %rax
  push %rbx
  push %rcx
  push %rdx
  push %rsi
  push %rdi
  push %rbp
  push %r8
  push %r9
  push %r10
  push %r11
  push %r12
  push %r13
  push %r14
  push %r15
  .endm

  // C code finds DF, AC and TF clear, whatever the program had. The program's own flags are in the frame.
  .macro clean_flags
  pushq $2
  popfq
  .endm

  // The rest of a system call's frame, above which stand rip, flags and rsp; then HANDLER(frame). The frame is at 8(%rsp) after it.
  .macro call_with_frame handler
  pushq $0                       // address
  pushq $0                       // error
  pushq $CAUSE_SYSTEM_CALL
  push_general_registers
  clean_flags
  mov %rsp, %rdi
  sub $8, %rsp
  call \handler
  .endm

  .text

  // Rewritten system call sites jump here: rax number, rcx return address, everything else as the program left it (the red zone in use).
  .globl strongroom_gate_syscall
  .type strongroom_gate_syscall, @function
strongroom_gate_syscall:
  mov %rsp, THREAD_USER_RSP
  mov THREAD_KERNEL_RSP, %rsp
  pushq THREAD_USER_RSP
  pushfq
  jmp 1f

  // The same after a real `syscall` that a ring 0 stub passed on: the program's flags are in r11.
  .globl strongroom_gate_trapped_syscall
  .type strongroom_gate_trapped_syscall, @function
strongroom_gate_trapped_syscall:
  mov %rsp, THREAD_USER_RSP
  mov THREAD_KERNEL_RSP, %rsp
  pushq THREAD_USER_RSP
  push %r11
1:
  push %rcx                      // rip
  call_with_frame strongroom_handle_syscall
  lea 8(%rsp), %rdi
  // falls through

  // [[noreturn]] void resume(TrapFrame* frame): back to the program with every register of the frame.
  .globl strongroom_resume
  .type strongroom_resume, @function
strongroom_resume:
  mov %rdi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %r11
  pop %r10
  pop %r9
  pop %r8
  pop %rbp
  pop %rdi
  pop %rsi
  pop %rdx
  pop %rcx
  pop %rbx
  pop %rax
  lea 24(%rsp), %rsp             // cause, error, address
  popq THREAD_RESUME_RIP
  popfq
  popq THREAD_USER_RSP
  mov THREAD_USER_RSP, %rsp
  jmp *THREAD_RESUME_RIP

  // Rewritten `cpuid` jumps here: rbx return address, everything else as the program left it. The fences stand for what programs may take
  // from the instruction: that nothing of before is left to do.
  .globl strongroom_gate_cpuid
  .type strongroom_gate_cpuid, @function
strongroom_gate_cpuid:
  mov %rsp, THREAD_USER_RSP
  mov THREAD_KERNEL_RSP, %rsp
  pushq THREAD_USER_RSP
  pushfq
  push %rbx                      // rip
  call_with_frame strongroom_handle_cpuid
  mfence
  lfence
  lea 8(%rsp), %rdi
  jmp strongroom_resume

  // vm: the ring 0 stub passes exceptions here, on the scratch stack in Thread. The processor's record of the exception is at the end
  // of the port block: vector, error, rip, cs, rflags, rsp, ss; the page fault's address stands before it.
  .globl strongroom_entry_vm_exception
  .type strongroom_entry_vm_exception, @function
strongroom_entry_vm_exception:
  push %rax
  push %rbx
  push %rcx
  mov THREAD_PORT_BLOCK, %rbx
  mov -16(%rbx), %rax            // rsp at the exception
  mov THREAD_KERNEL_RSP, %rcx
  cmp %rcx, %rax
  ja 2f
  sub $28672, %rcx               // inside the kernel stack? then go on below it
  cmp %rcx, %rax
  jb 2f
  mov %rax, %rcx
  sub $128, %rcx
  and $-16, %rcx
  jmp 3f
2:
  mov THREAD_KERNEL_RSP, %rcx
3:
  xchg %rcx, %rsp                // rcx: the scratch stack
  pushq -16(%rbx)                // rsp
  pushq -24(%rbx)                // rflags
  pushq -40(%rbx)                // rip
  pushq -64(%rbx)                // address
  pushq -48(%rbx)                // error
  pushq -56(%rbx)                // cause
  pushq 16(%rcx)                 // rax
  pushq 8(%rcx)                  // rbx
  pushq (%rcx)                   // rcx
  push %rdx
  push %rsi
  push %rdi
  push %rbp
  push %r8
  push %r9
  push %r10
  push %r11
  push %r12
  push %r13
  push %r14
  push %r15
  clean_flags
  mov %rsp, %rdi
  sub $8, %rsp
  call strongroom_handle_exception
  lea 8(%rsp), %rdi
  jmp strongroom_resume

  // size_t user_copy(void* to, const void* from, size_t size): bytes NOT copied. A fault inside goes to the fixup, which returns.
  .globl strongroom_user_copy
  .globl strongroom_user_copy_instruction
  .type strongroom_user_copy, @function
strongroom_user_copy:
  mov %rdx, %rcx
strongroom_user_copy_instruction:
  rep movsb
  .globl strongroom_user_access_fixup
strongroom_user_access_fixup:
  mov %rcx, %rax
  ret

  // size_t user_zero(void* to, size_t size): bytes NOT zeroed; the same fixup.
  .globl strongroom_user_zero
  .globl strongroom_user_zero_instruction
  .type strongroom_user_zero, @function
strongroom_user_zero:
  mov %rsi, %rcx
  xor %eax, %eax
strongroom_user_zero_instruction:
  rep stosb
  mov %rcx, %rax
  ret

  // bool user_compare_exchange(uint32_t* word, uint32_t* expected, uint32_t desired): for FUTEX_WAKE_OP. A fault returns through the fixup above
  // with rcx = -1, everything else with 0.
  .globl strongroom_user_exchange
  .globl strongroom_user_exchange_instruction
  .type strongroom_user_exchange, @function
strongroom_user_exchange:
  mov (%rsi), %eax
  mov $-1, %rcx
strongroom_user_exchange_instruction:
  lock cmpxchg %edx, (%rdi)
  mov %eax, (%rsi)
  xor %eax, %eax
  ret

  // void* memcpy(void* to, const void* from, size_t size), memset, memmove, memcmp, strlen, memchr: what the compiler may call.
  .globl memcpy
  .type memcpy, @function
memcpy:
  mov %rdi, %rax
  mov %rdx, %rcx
  rep movsb
  ret

  .globl memset
  .type memset, @function
memset:
  mov %rdi, %r8
  mov %esi, %eax
  mov %rdx, %rcx
  rep stosb
  mov %r8, %rax
  ret

  .globl memmove
  .type memmove, @function
memmove:
  mov %rdi, %rax
  mov %rdx, %rcx
  mov %rdi, %r8
  sub %rsi, %r8
  cmp %rdx, %r8
  jb 4f
  rep movsb
  ret
4:
  lea -1(%rdi,%rdx), %rdi
  lea -1(%rsi,%rdx), %rsi
  std
  rep movsb
  cld
  ret

  .globl memcmp
  .type memcmp, @function
memcmp:
  xor %eax, %eax
  mov %rdx, %rcx
  test %rcx, %rcx
  jz 5f
  repe cmpsb
  movzbl -1(%rdi), %eax
  movzbl -1(%rsi), %ecx
  sub %ecx, %eax
5:
  ret

  .globl strlen
  .type strlen, @function
strlen:
  mov %rdi, %rdx
  xor %eax, %eax
  mov $-1, %rcx
  repne scasb
  not %rcx
  lea -1(%rcx), %rax
  ret

  .globl memchr
  .type memchr, @function
memchr:
  mov %esi, %eax
  mov %rdx, %rcx
  test %rcx, %rcx
  jz 6f
  repne scasb
  jne 6f
  lea -1(%rdi), %rax
  ret
6:
  xor %eax, %eax
  ret

  .section .note.GNU-stack, "", @progbits
