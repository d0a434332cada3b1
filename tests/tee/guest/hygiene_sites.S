// probe_NAME(const State* in, State* out): loads every register of `in`, passes the site, and stores every register to
// `out`. Only `mov` stands between, so that flags and the red zone are what they were. The offsets are those of State in
// hygiene.cc. One thread at a time.

#define GENERAL 0
#define RSP_BEFORE 120
#define RSP_AFTER 128
#define FLAGS 136
#define RED_ZONE 144
#define MXCSR 272
#define CONTROL 276
#define OPMASKS 280
#define VECTORS 384

  .bss
  .balign 8
saved_rsp: .quad 0
saved_rdi: .quad 0
out_pointer: .quad 0

  .text

  .macro probe name, site:vararg
  .globl probe_\name
  .type probe_\name, @function
probe_\name:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, saved_rsp(%rip)
  mov %rsi, out_pointer(%rip)
  mov %rsp, RSP_BEFORE(%rsi)
  call load_vectors
  ldmxcsr MXCSR(%rdi)
  fldcw CONTROL(%rdi)
  pushq FLAGS(%rdi)
  popfq
  .irp word, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
  mov RED_ZONE+\word(%rdi), %rax
  mov %rax, -128+\word(%rsp)
  .endr
  mov GENERAL+0(%rdi), %rax
  mov GENERAL+8(%rdi), %rbx
  mov GENERAL+16(%rdi), %rcx
  mov GENERAL+24(%rdi), %rdx
  mov GENERAL+32(%rdi), %rsi
  mov GENERAL+48(%rdi), %rbp
  mov GENERAL+56(%rdi), %r8
  mov GENERAL+64(%rdi), %r9
  mov GENERAL+72(%rdi), %r10
  mov GENERAL+80(%rdi), %r11
  mov GENERAL+88(%rdi), %r12
  mov GENERAL+96(%rdi), %r13
  mov GENERAL+104(%rdi), %r14
  mov GENERAL+112(%rdi), %r15
  mov GENERAL+40(%rdi), %rdi
  \site
  mov %rdi, saved_rdi(%rip)
  mov out_pointer(%rip), %rdi
  mov %rax, GENERAL+0(%rdi)
  mov %rbx, GENERAL+8(%rdi)
  mov %rcx, GENERAL+16(%rdi)
  mov %rdx, GENERAL+24(%rdi)
  mov %rsi, GENERAL+32(%rdi)
  mov %rbp, GENERAL+48(%rdi)
  mov %r8, GENERAL+56(%rdi)
  mov %r9, GENERAL+64(%rdi)
  mov %r10, GENERAL+72(%rdi)
  mov %r11, GENERAL+80(%rdi)
  mov %r12, GENERAL+88(%rdi)
  mov %r13, GENERAL+96(%rdi)
  mov %r14, GENERAL+104(%rdi)
  mov %r15, GENERAL+112(%rdi)
  mov %rsp, RSP_AFTER(%rdi)
  mov saved_rsp(%rip), %rsp
  .irp word, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
  mov -128+\word(%rsp), %rax
  mov %rax, RED_ZONE+\word(%rdi)
  .endr
  pushfq
  popq FLAGS(%rdi)
  pushq $2
  popfq
  mov saved_rdi(%rip), %rax
  mov %rax, GENERAL+40(%rdi)
  stmxcsr MXCSR(%rdi)
  fnstcw CONTROL(%rdi)
  call store_vectors
  vzeroupper
  fninit
  movl $0x1f80, -8(%rsp)
  ldmxcsr -8(%rsp)
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
  .size probe_\name, .-probe_\name
  .endm

  // The shape that the build rewrites.
  .macro rewritten number
  mov $\number, %eax
  syscall
  .endm
  // Branch targets right before it and right behind: there is no room for a jump, so it stays, and traps.
  .macro trapped number
  mov $\number, %eax
  jmp 8f
  nop
8:
  syscall
  jmp 9f
9:
  .endm

  .macro cpuid_of leaf
  mov $\leaf, %eax
  cpuid
  .endm

  // Below the red zone.
  .macro call_of function
  lea -128(%rsp), %rsp
  call *\function(%rip)
  lea 128(%rsp), %rsp
  .endm

  probe rewritten_getpid, rewritten 39
  probe rewritten_write, rewritten 1
  probe rewritten_tkill, rewritten 200
  probe rewritten_futex, rewritten 202
  probe trapped_getpid, trapped 39
  probe trapped_write, trapped 1
  probe trapped_tkill, trapped 200
  probe trapped_futex, trapped 202
  probe rewritten_cpuid, cpuid_of 0
  probe invalid_instruction, ud2
  probe page_fault, movb %al, (%r10)
  probe division, div %r9b
  probe call_wait, call_of call_wait_function

load_vectors:
  cmpl $0, have_avx512(%rip)
  je 1f
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  vmovdqu64 VECTORS+64*\n(%rdi), %zmm\n
  .endr
  .irp n, 1,2,3,4,5,6,7
  kmovq OPMASKS+8*\n(%rdi), %k\n
  .endr
  ret
1:
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  vmovdqu VECTORS+64*\n(%rdi), %ymm\n
  .endr
  ret

store_vectors:
  cmpl $0, have_avx512(%rip)
  je 1f
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  vmovdqu64 %zmm\n, VECTORS+64*\n(%rdi)
  .endr
  .irp n, 1,2,3,4,5,6,7
  kmovq %k\n, OPMASKS+8*\n(%rdi)
  .endr
  ret
1:
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  vmovdqu %ymm\n, VECTORS+64*\n(%rdi)
  .endr
  ret

  .section .note.GNU-stack, "", @progbits
