// Entry and threads of the port "process". Every instruction here that says `syscall` lies in the range that Syscall
// User Dispatch lets pass.

  .text

  // The loader jumps here with the stack of slot 0 in rsp: rdi the exchanges, rsi whether there is a guardian.
  .globl strongroom_entry_process
  .type strongroom_entry_process, @function
strongroom_entry_process:
  xor %ebp, %ebp
  cld
  and $-16, %rsp
  call strongroom_process_main
  ud2

  // The guardian comes here from the loader, and brings nothing.
  .globl strongroom_entry_process_guardian
  .type strongroom_entry_process_guardian, @function
strongroom_entry_process_guardian:
  xor %ebp, %ebp
  cld
  lea strongroom_guardian_stack+4096(%rip), %rsp
  call strongroom_process_guardian_main
  ud2

  // long process_clone(unsigned long flags, void* stack_top, Thread* thread): the child runs process_thread_main(thread) on its stack.
  .globl strongroom_process_clone
  .type strongroom_process_clone, @function
strongroom_process_clone:
  mov %rdx, %r9
  xor %edx, %edx
  xor %r10d, %r10d
  xor %r8d, %r8d
  mov $56, %eax
  syscall
  test %rax, %rax
  jz 1f
  ret
1:
  xor %ebp, %ebp
  mov %r9, %rdi
  call strongroom_process_thread_main
  ud2

  // [[noreturn]] void process_exit(uint32_t* slot_state): frees the slot, then ends this thread without touching its stack.
  .globl strongroom_process_exit
  .type strongroom_process_exit, @function
strongroom_process_exit:
  mov %rdi, %rdx
  xor %edi, %edi
  mov $60, %eax
  movl $0, (%rdx)
  syscall
  ud2

  .globl strongroom_process_restorer
  .type strongroom_process_restorer, @function
strongroom_process_restorer:
  mov $15, %eax
  syscall
  ud2

  // The handler of all signals. Linux clears the direction flag for it, but not the alignment check, under which the
  // kernel's own code would fault.
  .globl strongroom_process_signal
  .type strongroom_process_signal, @function
strongroom_process_signal:
  pushfq
  andl $~0x40000, (%rsp)
  popfq
  jmp strongroom_process_handle_signal

  .section .note.GNU-stack, "", @progbits
