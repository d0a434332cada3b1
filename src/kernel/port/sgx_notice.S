// AEX-Notify in the port "sgx": sgx_notice.h says what this is for. Offsets are those of sgx_slot.h, ImageHeader, Gprsgx (arch/ssa.h)
// and Interrupted, which GS leads to.

#define SLOT_HOST_RETURN 32
#define HEADER_SSA 128
#define HEADER_SSA_FRAMES 144
#define HEADER_SSA_FRAME_PAGES 148
#define GPRSGX_SIZE 184
#define GPRSGX_FS_BASE 168
#define EXINFO_SIZE 16
#define INTERRUPTED 768
#define RFLAGS (INTERRUPTED + 128)
#define RIP (INTERRUPTED + 136)
#define NEAR_RETURN (INTERRUPTED + 144)
#define NEAR_CODE (INTERRUPTED + 152)
#define NEAR_READ (INTERRUPTED + 160)
#define NEAR_WRITE (INTERRUPTED + 200)
#define NOTICE_GO_ON 0
#define NOTICE_CLAIMED 1
#define EDECCSSA 9
#define EXTENDED_STATE 0xe7

  .text

  // From strongroom_entry_sgx, on CSSA 1. R8: the enclave. RBX: the slot. R10: &Slot. R11: Thread, and GS. RDI: the host's claim. RSP, RBP: the
  // host's. RCX: after EENTER where to leave to; what it is after ERESUME the manual does not say for certain.
  .globl strongroom_sgx_noticed
  .type strongroom_sgx_noticed, @function
strongroom_sgx_noticed:
  lfence
  mov HEADER_SSA_FRAME_PAGES(%r8), %edx
  shl $12, %rdx                  // bytes of a frame
  mov HEADER_SSA_FRAMES(%r8), %eax
  imul %rdx, %rax
  imul %rbx, %rax
  add HEADER_SSA(%r8), %rax
  add %r8, %rax                  // the interrupted frame
  mov %rsp, %r12
  mov %rbp, %r13
  mov %rcx, %r14
  mov %rdi, %r15
  // The stack is what the processor leaves free of its own frame, below GPRSGX and EXINFO.
  lea -(GPRSGX_SIZE + EXINFO_SIZE)(%rax, %rdx, 2), %rsp
  and $-16, %rsp
  pushq $2                       // DF, AC, and with them everything else that the host may have set
  popfq
  mov %rsp, %rcx
  push %r8
  push %r10
  push %r11
  push %rbx
  mov %rax, %rbx
  lea -GPRSGX_SIZE(%rax, %rdx), %rdi
  mov %r11, %rsi
  mov %r15, %rdx
  mov %rdi, %rbp
  call strongroom_sgx_notice
  cmp $NOTICE_GO_ON, %eax
  je go_on
  mov %eax, %edi
  mov %rbx, %rdx
  pop %rbx
  pop %r11
  pop %r10
  pop %r8
  cmp $NOTICE_CLAIMED, %eax
  je claimed
  // Without a claim it was ERESUME.
  test %r15, %r15
  cmovz SLOT_HOST_RETURN(%r10), %r14
  mov %r14, %rbx
  mov %r13, %rbp
  mov %r12, %rsp
  jmp strongroom_sgx_leave
claimed:
  mov $1, %eax
  mov %r15, %rdi
  mov %r14, %rcx
  mov %r13, %rbp
  mov %r12, %rsp
  jmp strongroom_sgx_claimed

go_on:
  mov GPRSGX_FS_BASE(%rbp), %rax
  wrfsbase %rax
  mov $EXTENDED_STATE, %eax
  xor %edx, %edx
  xrstor64 (%rbx)
  mov $EDECCSSA, %eax
  .byte 0x0f, 0x01, 0xd7         // enclu

  // From here on an interrupt begins it anew: RSP is in the handler's stack, or RIP at the last instruction.
  .globl strongroom_sgx_way_back
strongroom_sgx_way_back:
  call *%gs:NEAR_RETURN
  mov %gs:NEAR_CODE, %rdx
  movzbl (%rdx), %eax
  .irp i, 0, 8, 16, 24, 32
  mov %gs:NEAR_READ+\i, %rcx
  mov %gs:NEAR_WRITE+\i, %rdx
  movzbl (%rcx), %eax
  lock orb $0, (%rdx)
  .endr
  pushq %gs:RFLAGS
  popfq
  mov %gs:INTERRUPTED, %rax
  mov %gs:INTERRUPTED+8, %rcx
  mov %gs:INTERRUPTED+16, %rdx
  mov %gs:INTERRUPTED+24, %rbx
  mov %gs:INTERRUPTED+40, %rbp
  mov %gs:INTERRUPTED+48, %rsi
  mov %gs:INTERRUPTED+56, %rdi
  mov %gs:INTERRUPTED+64, %r8
  mov %gs:INTERRUPTED+72, %r9
  mov %gs:INTERRUPTED+80, %r10
  mov %gs:INTERRUPTED+88, %r11
  mov %gs:INTERRUPTED+96, %r12
  mov %gs:INTERRUPTED+104, %r13
  mov %gs:INTERRUPTED+112, %r14
  mov %gs:INTERRUPTED+120, %r15
  mov %gs:INTERRUPTED+32, %rsp
  .globl strongroom_sgx_resume_instruction
strongroom_sgx_resume_instruction:
  jmp *%gs:RIP

  // For code in whose page there is no RET.
  .globl strongroom_sgx_return
strongroom_sgx_return:
  ret
  .globl strongroom_sgx_notice_end
strongroom_sgx_notice_end:

  .section .note.GNU-stack, "", @progbits
