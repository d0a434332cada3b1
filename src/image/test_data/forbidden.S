// One function for each instruction that SGX refuses, and some that look like them; none is ever called.
  .section .note.GNU-stack, "", @progbits

  .macro only name instruction:vararg
  .globl \name
  .type \name, @function
\name:
  .cfi_startproc
  \instruction
  ret
  .cfi_endproc
  .size \name, . - \name
  .endm

  .text
  only _start mov $60, %eax
  only f_cpuid cpuid
  only f_rdtsc rdtsc
  only f_rdtscp rdtscp
  only f_rdpmc rdpmc
  only f_in in $0x80, %al
  only f_insb insb (%dx), (%rdi)
  only f_insw insw (%dx), (%rdi)
  only f_insd insl (%dx), (%rdi)
  only f_out out %al, $0x80
  only f_outsb outsb (%rsi), (%dx)
  only f_outsw outsw (%rsi), (%dx)
  only f_outsd outsl (%rsi), (%dx)
  only f_sgdt sgdt (%rdi)
  only f_sidt sidt (%rdi)
  only f_sldt sldt %eax
  only f_str str %eax
  only f_smsw smsw %eax
  only f_int int $0x80
  only f_far_call lcall *(%rdi)
  only f_far_jmp ljmp *(%rdi)
  only f_far_ret lret
  only f_iretq iretq
  only f_getsec getsec
  only f_sysenter sysenter
  only f_vmcall vmcall
  only f_vmfunc vmfunc
  only f_lss lss (%rdi), %eax
  only f_lfs lfs (%rdi), %eax
  only f_lgs lgs (%rdi), %eax
  only f_mov_to_segment mov %eax, %ds
  only f_pop_to_segment pop %fs
  only f_hlt hlt
  only f_encls encls
  // Legal in enclaves.
  only legal_int3 int3
  only legal_near_call call *(%rdi)
  only legal_near_jump jmp *(%rdi)
  only legal_pop pop %rbx
  only legal_from_segment mov %ds, %eax
  only legal_wrfsbase wrfsbase %rdi
  only legal_xgetbv xgetbv
  only legal_rdrand rdrand %rax
  only legal_pause pause
