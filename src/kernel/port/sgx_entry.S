// Entry and exit of the port "sgx": port/sgx_layout.h says what they mean. Offsets are those of sgx_slot.h, ImageHeader, Gprsgx (arch/ssa.h)
// and TrapFrame.

#define SLOT_STATE 0
#define SLOT_RSP 8
#define SLOT_HOST_RSP 16
#define SLOT_HOST_RBP 24
#define SLOT_HOST_RETURN 32
#define STATE_IDLE 0
#define STATE_START 1
#define STATE_RUNNING 2
#define STATE_CALLED 3
#define STATE_WAITING 4
#define HEADER_FLAGS 12
#define HEADER_TCS 112
#define HEADER_SSA 128
#define HEADER_SSA_FRAMES 144
#define HEADER_SSA_FRAME_PAGES 148
#define GPRSGX_SIZE 184
#define GPRSGX_RSP 32
#define THREAD_IN_LAST_PAGE 3072
#define KERNEL_STACK 28672       // what of the kernel stack an exception in the kernel may still have below it
#define FRAME 176                // TrapFrame, rounded up to 16
#define IMAGE_AEX_NOTIFY 16
#define THREAD_PORT_BLOCK %gs:32
#define THREAD_PENDING_SIGNALS %gs:224
#define CALL_WAIT 0x53520001
#define EXIT_CALL 1
#define EXIT_REFUSED 3
#define EXIT_WAIT 4
#define EEXIT 4
#define EXTENDED_STATE 0xe7      // x87, SSE, AVX, AVX-512: all that XFRM can hold
#define EXTENDED_STATE_SIZE 2688

  .macro enclu
  .byte 0x0f, 0x01, 0xd7
  .endm

  // DF, AC, and with them everything else that the host may have set.
  .macro clean_flags
  pushq $2
  popfq
  .endm

  // Where the host is to be found again. R10: &Slot.
  .macro keep_host
  mov %rsp, SLOT_HOST_RSP(%r10)
  mov %rbp, SLOT_HOST_RBP(%r10)
  mov %rcx, SLOT_HOST_RETURN(%r10)
  .endm

  // What was asked of the host is answered: on from where the thread left.
  .macro take_own_stack
  mov SLOT_RSP(%r10), %rsp
  movq $STATE_RUNNING, SLOT_STATE(%r10)
  lfence
  .endm

  // What a function keeps for its caller.
  .macro push_kept
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  .endm
  .macro pop_kept
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  .endm

  .text

  // RAX: CSSA. RBX: the TCS, which the processor has found to be one of this enclave. RCX: where to leave to. The rest is the host's.
  .globl strongroom_entry_sgx
  .type strongroom_entry_sgx, @function
strongroom_entry_sgx:
  cld
  rdgsbase %r11
  add $THREAD_IN_LAST_PAGE, %r11 // its Thread, which is also the end of its kernel stack
  wrgsbase %r11
  .globl strongroom_sgx_entry_with_gs
strongroom_sgx_entry_with_gs:
  lea strongroom_kernel_start-4096(%rip), %r8
  sub %r8, %rbx
  sub HEADER_TCS(%r8), %rbx
  shr $6, %rbx                   // from a page for each slot to a Slot for each
  lea strongroom_sgx_slots(%rip), %r10
  add %rbx, %r10                 // &Slot
  test %rax, %rax
  jnz exception
  cmpq $STATE_WAITING, SLOT_STATE(%r10)
  jne 1f

  // The wait is over: back to strongroom_sgx_wait's caller.
  keep_host
  take_own_stack
  popfq                          // the program's; DF, AC, and with them everything else that the host may have set
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx
  lea initial_extended_state(%rip), %rcx
  xrstor64 (%rcx)
  pop %rax
  wrfsbase %rax
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  pop %rax
  pop_kept
  mov strongroom_process_signals(%rip), %rax
  or THREAD_PENDING_SIGNALS, %rax
  jnz signals
  ret

  // A system call in place of the return: at its end signals are delivered.
signals:
  pop %rcx
  xor %edi, %edi
  xor %esi, %esi
  mov $CALL_WAIT, %eax
  jmp strongroom_gate_syscall

1:
  cmpq $STATE_CALLED, SLOT_STATE(%r10)
  jne start

  // The host call is answered: back to strongroom_sgx_call's caller.
  keep_host
  take_own_stack
  clean_flags
  pop %rbp                       // above the extended state
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx
  xrstor64 8(%rsp)
  mov %rbp, %rsp
  pop %rax
  wrfsbase %rax
  pop_kept
  ret

  // Only what the kernel has made ready starts, and it starts once.
start:
  shr $6, %rbx                   // the slot
  mov $STATE_START, %eax
  mov $STATE_RUNNING, %edx
  lock cmpxchg %rdx, SLOT_STATE(%r10)
  jne refuse
  keep_host
  mov %r11, %rsp
  lfence
  clean_flags
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx
  lea initial_extended_state(%rip), %rcx
  xrstor64 (%rcx)
  mov %ebx, %esi
  xor %ebx, %ebx
  xor %ebp, %ebp
  call strongroom_sgx_main
  ud2

  // The first stage: on the kernel stack, below whatever is on it, a TrapFrame is made of the save area, and the save area then leads to
  // the second stage.
exception:
  shr $6, %rbx                   // the slot
  cmp $1, %rax
  jne refuse
  testl $IMAGE_AEX_NOTIFY, HEADER_FLAGS(%r8)
  jnz strongroom_sgx_noticed     // perhaps nothing but an interrupt
  .globl strongroom_sgx_claimed
strongroom_sgx_claimed:
  cmpq $STATE_RUNNING, SLOT_STATE(%r10)
  jne refuse
  lfence
  mov HEADER_SSA_FRAME_PAGES(%r8), %edx
  shl $12, %rdx                  // bytes of a frame
  mov HEADER_SSA_FRAMES(%r8), %eax
  imul %rdx, %rax
  imul %rbx, %rax
  add %rdx, %rax
  add HEADER_SSA(%r8), %rax
  lea -GPRSGX_SIZE(%r8, %rax), %rax
  mov GPRSGX_RSP(%rax), %rdx     // where the stack was
  lea -KERNEL_STACK(%r11), %r9
  cmp %r11, %rdx
  cmova %r11, %rdx
  cmp %r9, %rdx
  cmovb %r11, %rdx
  sub $FRAME, %rdx
  and $-16, %rdx
  mov %rsp, %r12
  mov %rbp, %r13
  mov %rcx, %r14
  mov %rdx, %rsp
  clean_flags
  xor %ebp, %ebp
  mov %rdi, %rdx                 // the vector that the host claims
  mov %rsp, %rsi
  mov %rax, %rdi
  call strongroom_sgx_exception
  mov %eax, %edi
  mov %r14, %rbx
  mov %r13, %rbp
  mov %r12, %rsp
  jmp leave

refuse:
  mov %rcx, %rbx
  mov $EXIT_REFUSED, %edi

  // EDI: SgxExit. RBX: where to. RSP and RBP are the host's.
  .globl strongroom_sgx_leave
strongroom_sgx_leave:
leave:
  xor %edx, %edx
  xor %esi, %esi
  xor %r8d, %r8d
  xor %r9d, %r9d
leave_with_words:                // RCX: EEXIT sets it
  xor %r10d, %r10d
  xor %r11d, %r11d
  xor %r12d, %r12d
  xor %r13d, %r13d
  xor %r14d, %r14d
  xor %r15d, %r15d
  mov $EEXIT, %eax
  enclu
  ud2

  // The second stage: the thread is where it was, but for RIP, RSP and flags.
  .globl strongroom_sgx_exception_stage2
  .type strongroom_sgx_exception_stage2, @function
strongroom_sgx_exception_stage2:
  xor %ebp, %ebp
  mov %rsp, %rdi
  call strongroom_handle_exception
  mov %rsp, %rdi
  jmp strongroom_resume

  // void sgx_call(Slot* slot): out with the exchange, and back with its answer. The host sees none of the program's registers.
  .globl strongroom_sgx_call
  .type strongroom_sgx_call, @function
strongroom_sgx_call:
  push_kept
  rdfsbase %rax
  push %rax
  mov %rdi, %rdx
  mov %rsp, %rsi
  sub $(EXTENDED_STATE_SIZE + 64), %rsp
  and $-64, %rsp
  lea 512(%rsp), %rdi            // the XSAVE header must be zero
  xor %eax, %eax
  mov $8, %ecx
  rep stosq
  mov %rdx, %rdi
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx
  xsave64 (%rsp)
  lea initial_extended_state(%rip), %rcx
  xrstor64 (%rcx)
  sub $8, %rsp                   // the answer finds the area at 8(%rsp), behind what it pops
  push %rsi
  mov %rsp, SLOT_RSP(%rdi)
  movq $STATE_CALLED, SLOT_STATE(%rdi)
  mov SLOT_HOST_RETURN(%rdi), %rbx
  mov SLOT_HOST_RBP(%rdi), %rbp
  mov SLOT_HOST_RSP(%rdi), %rsp
  mov $EXIT_CALL, %edi
  jmp leave

  // void sgx_wait(uint32_t* wake, uint32_t* wait, uint32_t expected): for programs, on their stack. The host wakes and waits by what stands in
  // R9, RSI and R8, and sees nothing else. All that a function may change is lost.
  .globl strongroom_sgx_wait
  .type strongroom_sgx_wait, @function
strongroom_sgx_wait:
  push_kept
  push %rax
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  rdfsbase %rax
  push %rax
  pushfq
  clean_flags
  mov THREAD_PORT_BLOCK, %r10    // &Slot
  mov %rdi, %r9
  mov %edx, %r8d
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx                 // and zero for the host
  lea initial_extended_state(%rip), %rcx
  xrstor64 (%rcx)
  mov $EXIT_WAIT, %edi
  mov %rsp, SLOT_RSP(%r10)
  movq $STATE_WAITING, SLOT_STATE(%r10)
  mov SLOT_HOST_RETURN(%r10), %rbx
  mov SLOT_HOST_RBP(%r10), %rbp
  mov SLOT_HOST_RSP(%r10), %rsp
  jmp leave_with_words

  // [[noreturn]] void sgx_exit(uint32_t* slot_state, Slot* slot): makes the last call and frees the slot. Another thread may have it from then
  // on, so nothing of it is touched any more.
  .globl strongroom_sgx_exit
  .type strongroom_sgx_exit, @function
strongroom_sgx_exit:
  mov %rdi, %r8
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx
  lea initial_extended_state(%rip), %rcx
  xrstor64 (%rcx)
  mov SLOT_HOST_RETURN(%rsi), %rbx
  mov SLOT_HOST_RBP(%rsi), %rbp
  mov SLOT_HOST_RSP(%rsi), %rcx
  movq $STATE_IDLE, SLOT_STATE(%rsi)
  mov %rcx, %rsp
  movl $0, (%r8)
  mov $EXIT_CALL, %edi
  jmp leave

  // uint64_t sgx_enclu(uint64_t leaf, const void* rbx, uint64_t rcx, uint64_t rdx)
  .globl strongroom_sgx_enclu
  .globl strongroom_sgx_enclu_instruction
  .type strongroom_sgx_enclu, @function
strongroom_sgx_enclu:
  push %rbx
  mov %rdi, %rax
  mov %rsi, %rbx
  xchg %rcx, %rdx
strongroom_sgx_enclu_instruction:
  enclu
  pop %rbx
  ret
  .globl strongroom_sgx_entry_end
strongroom_sgx_entry_end:

  // The initial configuration of everything, by an empty XSTATE_BV (Intel SDM volume 1, section 13.8.1); MXCSR is always read.
  .section .rodata.sgx_initial_extended_state, "a"
  .balign 64
initial_extended_state:
  .fill 24, 1, 0
  .long 0x1f80
  .fill 548, 1, 0

  .section .note.GNU-stack, "", @progbits
