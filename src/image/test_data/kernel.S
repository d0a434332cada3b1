// The least kernel that an image can be built with. Its gate makes the system call of the host, so that
// test_data/runner.cc can execute an image's program natively.
  .section .note.GNU-stack, "", @progbits
  .text
  .globl strongroom_entry_process, strongroom_entry_vm, strongroom_entry_sgx, strongroom_gate_syscall, strongroom_gate_cpuid
  .type strongroom_entry_process, @function
  .type strongroom_entry_vm, @function
  .type strongroom_entry_sgx, @function
  .type strongroom_gate_syscall, @function
  .type strongroom_gate_cpuid, @function
strongroom_entry_process:
  ud2
  .size strongroom_entry_process, . - strongroom_entry_process
strongroom_entry_vm:
  ud2
  .size strongroom_entry_vm, . - strongroom_entry_vm
strongroom_entry_sgx:
  ud2
  .size strongroom_entry_sgx, . - strongroom_entry_sgx
strongroom_gate_syscall:
  // The return address must outlive the call, in threads and children, too: in a register that compilers
  // use last, because stacks differ.
  movq %rcx, %xmm15
  syscall
  movq %xmm15, %rcx
  jmp *%rcx
  .size strongroom_gate_syscall, . - strongroom_gate_syscall
strongroom_gate_cpuid:
  mov %rbx, return_from_cpuid(%rip)  // programs ask before they have threads
  cpuid
  jmp *return_from_cpuid(%rip)
  .size strongroom_gate_cpuid, . - strongroom_gate_cpuid

  .section .rodata
  .asciz "a kernel for tests"

  .data
  .globl kernel_variable
  .type kernel_variable, @object
  .size kernel_variable, 8
kernel_variable:
  .quad 42

  .bss
return_from_cpuid:
  .skip 8
  .skip 8192
