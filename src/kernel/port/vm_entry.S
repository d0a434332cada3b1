// Entry and exit of the port "vm".

  .text

  // Every processor starts here, with the kernel stack of its slot in rsp: rdi the exchanges, esi the slot.
  .globl strongroom_entry_vm
  .type strongroom_entry_vm, @function
strongroom_entry_vm:
  xor %ebp, %ebp
  cld
  and $-16, %rsp
  call strongroom_vm_main
  ud2

  // void vm_call(): through the call page to the monitor, and back with its answer in the exchange. Leaves nothing in the registers that the
  // monitor would see but what C code must find again.
  .globl strongroom_vm_call
  .type strongroom_vm_call, @function
strongroom_vm_call:
  xor %eax, %eax
  xor %ecx, %ecx
  xor %edx, %edx
  xor %esi, %esi
  xor %edi, %edi
  xor %r8d, %r8d
  xor %r9d, %r9d
  xor %r10d, %r10d
  mov $0x10000000, %r11d         // kVmCallPage
  jmp *%r11

  // [[noreturn]] void vm_exit(uint32_t* slot_state): frees the slot and makes the last call, without touching the stack in between.
  .globl strongroom_vm_exit
  .type strongroom_vm_exit, @function
strongroom_vm_exit:
  mov $0x10000000, %r11d
  movl $0, (%rdi)
  jmp *%r11

  // void vm_flush(): ring 0 drops this processor's cached translations on every invalid opcode; the exception handler goes on after it.
  .globl strongroom_vm_flush
  .globl strongroom_vm_flush_instruction
  .type strongroom_vm_flush, @function
strongroom_vm_flush:
strongroom_vm_flush_instruction:
  ud2
  ret

  .section .note.GNU-stack, "", @progbits
