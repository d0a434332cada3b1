// The code of the tests' enclave: one page. RDI says what to do, RSI is its argument, RDX its answer.
  .set EEXIT, 4
  .set SSA_GPRSGX, 0x1000 + 4096 - 184  // from the TCS: its first SSA frame is the next page
  .set GPRSGX_RIP, 136
  .set GPRSGX_EXIT_INFO, 160
  .set GPRSGX_AEX_NOTIFY, 167
  .set EDECCSSA, 9

  .section .rodata
  .balign 4096
  .globl test_enclave_code
test_enclave_code:
  mov %rcx, %r9  // where to return to
  lea .Ltable(%rip), %r10
  movslq (%r10, %rdi, 4), %r11
  add %r10, %r11
  jmp *%r11
.Ltable:
  .long echo - .Ltable, system_call - .Ltable, cpu_identification - .Ltable, breakpoint - .Ltable
  .long illegal - .Ltable, division - .Ltable, wait - .Ltable, segments - .Ltable
  .long store - .Ltable, load - .Ltable, skip - .Ltable, timestamp - .Ltable
  .long ask_for_notice - .Ltable, decrement - .Ltable

echo:
  mov %rsi, %rdx
  jmp leave
system_call:
  mov $39, %eax  // getpid
  syscall
  jmp leave
cpu_identification:
  xor %eax, %eax
  cpuid
  jmp leave
breakpoint:
  int3
  jmp leave
illegal:
  mov $0x1111, %r12
  ud2
  mov %r12, %rdx
  jmp leave
division:
  xor %edx, %edx
  xor %ecx, %ecx
  mov $1, %eax
  div %ecx
  jmp leave
// Waits until the 8 bytes at RSI are not 0, with values in all registers, and answers whether they stayed.
wait:
  mov $0x5a5a5a5a, %eax
  vmovd %eax, %xmm3
  vpbroadcastd %xmm3, %ymm3
  vmovdqa %ymm3, %ymm4
  mov $0xb0b, %ebx
  mov $0xc0c, %ecx
  mov $0xe0e, %r12d
  mov $0xd0d, %r13d
  mov $0xf0f, %r14d
  mov $0x101, %r15d
  mov %rsi, %r10
  mov %rdi, %r11
1:
  cmpq $0, (%rsi)
  je 1b
  xor %edx, %edx
  cmp $0xb0b, %ebx
  jne leave
  cmp $0xc0c, %ecx
  jne leave
  cmp $0xe0e, %r12d
  jne leave
  cmp $0xd0d, %r13d
  jne leave
  cmp $0xf0f, %r14d
  jne leave
  cmp $0x101, %r15d
  jne leave
  cmp %rsi, %r10
  jne leave
  cmp %rdi, %r11
  jne leave
  vpcmpeqd %ymm3, %ymm4, %ymm5
  vpmovmskb %ymm5, %r8d
  cmp $-1, %r8d
  jne leave
  vmovd %xmm3, %r8d
  cmp $0x5a5a5a5a, %r8d
  jne leave
  mov $1, %edx
  jmp leave
segments:
  rdfsbase %rdx
  rdgsbase %r8
  jmp leave
store:
  movq $0x77, (%rsi)
  jmp leave
load:
  mov (%rsi), %rdx
  jmp leave
// As a handler: from the next ERESUME of the first frame on the enclave is entered here, with EAX in RDX's place.
ask_for_notice:
  movb $1, (SSA_GPRSGX + GPRSGX_AEX_NOTIFY)(%rbx)
  jmp leave
// As a handler: gives its frame up, asks for no further notice, and answers whether RSI stayed.
decrement:
  movb $0, (SSA_GPRSGX + GPRSGX_AEX_NOTIFY)(%rbx)
  mov %eax, %r8d
  mov $EDECCSSA, %eax
  .byte 0x0f, 0x01, 0xd7  // enclu
  mov %rsi, %rdx
  jmp leave
timestamp:
  rdtsc
  jmp leave
// As an exception handler: goes RSI bytes on in the first frame, and answers EXITINFO.
skip:
  add %rsi, (SSA_GPRSGX + GPRSGX_RIP)(%rbx)
  mov (SSA_GPRSGX + GPRSGX_EXIT_INFO)(%rbx), %edx
  jmp leave

leave:
  mov %r9, %rbx
  mov $EEXIT, %eax
  .byte 0x0f, 0x01, 0xd7  // enclu
  ud2
  .balign 4096, 0xcc
  .section .note.GNU-stack, "", @progbits
