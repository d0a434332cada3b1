/* Where things stand in a processor's code page (stub.S) and its data page. Also read by the assembler. */
#pragma once

/* Code page. */
#define STUB_SYSCALL 0x00
#define STUB_NMI 0x40
#define STUB_INVALID_OPCODE 0x60
#define STUB_COMMON 0x80
#define STUB_VECTORS 0x100
#define STUB_GENERAL_PROTECTION 0x300

/* Data page. */
#define STUB_GDT 0x000
#define STUB_TSS 0x080
#define STUB_SYSCALL_FRAME 0x140
#define STUB_EXCEPTION_FRAME 0x180
#define STUB_INTERRUPT_STACK 0x400 /* its top */
#define STUB_IDT 0x400

/* Where the call page's instruction stands (kVmCallPage), and the port by which ring 0 tells the monitor that
 * it was refused there. */
#define STUB_CALL_PAGE 0x10000000
#define STUB_REFUSED_PORT 0xe5
