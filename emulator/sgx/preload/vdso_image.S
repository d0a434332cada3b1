// The linked vdso.S, as data.
  .section .rodata
  .globl sgxemu_vdso_image
  .hidden sgxemu_vdso_image
  .globl sgxemu_vdso_image_end
  .hidden sgxemu_vdso_image_end
  .balign 4096
sgxemu_vdso_image:
  .incbin "sgxemu_vdso.so"
sgxemu_vdso_image_end:
  .section .note.GNU-stack, "", @progbits
