// One function for each shape of system call site that rewriting tells apart. Most are never called; main
// order and names are what rewrite_test.cc expects.
  .section .note.GNU-stack, "", @progbits

  .macro function name
  .globl \name
  .type \name, @function
\name:
  .cfi_startproc
  .endm
  .macro end_function name
  .cfi_endproc
  .size \name, . - \name
  .endm

  .text
  function _start
  mov $60, %eax
  syscall
  end_function _start

  function immediate_before
  mov $39, %eax
  syscall
  ret
  end_function immediate_before

  function cpuid_of_a_leaf
  push %rbx
  mov $7, %eax
  cpuid
  pop %rbx
  ret
  end_function cpuid_of_a_leaf

  function cpuid_and_after
  push %rbx
  cpuid
  cmp $-4095, %rax
  pop %rbx
  ret
  end_function cpuid_and_after

  function cpuid_alone
  push %rbx
  cpuid
  pop %rbx
  ret
  end_function cpuid_alone

  function comparison_after
  push %rbx
  syscall
  cmp $-4095, %rax
  pop %rbx
  ret
  end_function comparison_after

  function zero_before
  call immediate_before
  xor %eax, %eax
  syscall
  cmp $-4096, %rax
  ja 1f
  ret
1:
  neg %eax
  ret
  end_function zero_before

  function rip_relative_before
  mov number(%rip), %eax
  syscall
  ret
  end_function rip_relative_before

  function return_after
  push %rbx
  pop %rbx
  syscall
  mov %eax, %edx
  ret
  end_function return_after

  function conditional_after
  push %rbx
  pop %rbx
  syscall
  inc %eax
  js 1f
  ret
1:
  xor %eax, %eax
  ret
  end_function conditional_after

  function jump_after
  push %rbx
  pop %rbx
  syscall
  mov %eax, %edx
  jmp immediate_before
  end_function jump_after

  function two_in_a_row
  mov $1, %eax
  syscall
  mov $2, %eax
  syscall
  ret
  end_function two_in_a_row

  function branch_to_the_syscall
  test %edi, %edi
  je 1f
  mov $1, %eax
1:
  syscall
  ret
  end_function branch_to_the_syscall

  function table_to_the_syscall
  lea table(%rip), %rdx
  movslq (%rdx, %rdi, 4), %rax
  add %rdx, %rax
  jmp *%rax
.Lcase0:
  mov $1, %eax
.Lcase1:
  syscall
  ret
  end_function table_to_the_syscall

  function table_to_other_code
  lea table_beside(%rip), %rdx
  movslq (%rdx, %rdi, 4), %rax
  add %rdx, %rax
  jmp *%rax
.Lbeside0:
  ret
.Lbeside1:
  mov $1, %eax
  syscall
  ret
  end_function table_to_other_code

  function unknown_jump
  test %edi, %edi
  je 1f
  jmp *%rdi
1:
  mov $1, %eax
  syscall
  ret
  end_function unknown_jump

  function address_taken_by_relocation
  mov $1, %eax
.Laddress_taken:
  syscall
  ret
  end_function address_taken_by_relocation

  function address_taken_by_lea
  lea 1f(%rip), %rdx
  mov $1, %eax
1:
  syscall
  ret
  end_function address_taken_by_lea

  function symbol_at_the_syscall
  mov $1, %eax
label_at_the_syscall:
  syscall
  ret
  end_function symbol_at_the_syscall

  function landing_pad_at_the_syscall
  .cfi_lsda 0x1b, .Llsda
  call immediate_before
.Lafter_call:
  mov $1, %eax
.Llanding_pad:
  syscall
  ret
  end_function landing_pad_at_the_syscall

  function stack_pointer_around
  push %rbx
  syscall
  pop %rbx
  ret
  end_function stack_pointer_around

  function not_all_instructions
  mov $1, %eax
  syscall
  ret
  .byte 0x06
  end_function not_all_instructions

  function restore
  mov $15, %rax
  syscall
  end_function restore

no_function:
  mov $1, %eax
  syscall
  ret

  .section .gcc_except_table, "a", @progbits
.Llsda:
  .byte 0xff, 0xff, 0x01
  .uleb128 .Llsda_end - .Llsda_begin
.Llsda_begin:
  .uleb128 0
  .uleb128 .Lafter_call - landing_pad_at_the_syscall
  .uleb128 .Llanding_pad - landing_pad_at_the_syscall
  .uleb128 0
.Llsda_end:

  .section .rodata
  .balign 4
table:
  .long .Lcase0 - table
  .long .Lcase1 - table
  .long 0x7fffffff
table_beside:
  .long .Lbeside0 - table_beside
  .long .Lbeside1 - table_beside

  .section .data.rel.ro, "aw", @progbits
  .quad .Laddress_taken

  .data
number:
  .long 39
