// The bytes of strongroom-kernel.elf; build_input.cc reads them.
    .section .rodata
    .balign 16
    .globl strongroom_embedded_kernel_begin, strongroom_embedded_kernel_end
strongroom_embedded_kernel_begin:
    .incbin STRONGROOM_KERNEL_FILE
strongroom_embedded_kernel_end:
    .section .note.GNU-stack, "", @progbits
