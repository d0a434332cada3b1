// Memory of the port "sgx" in an image whose arena was added before EINIT (arch::kImageFixedMemory): what a
// processor with SGX1 alone, or a kernel before Linux 6.0, can do.
//
// To the processor every page is for ever what it was added as: code is executable and not writable, all else
// of the program and the arena is readable and writable. What mprotect() and munmap() take away is asked of
// the host's page tables, which stop a program that errs, and nobody who is in league with the host. Page
// faults need not be reported there (no EXINFO), so nothing waits for one: a page is zeroed when it is given
// to the program, because the host chose what stands in it at first.
#pragma once

#include <cstdint>

#include "kernel/trap_frame.h"

namespace strongroom::kernel::port::sgx::fixed {

// Whether this enclave is such an image.
bool chosen();

// As in sgx_memory.h.
uint64_t table_size();
void start_pages();
bool pages_started();
bool protect(uint64_t address, uint64_t size, uint32_t protection);
void clear_touched(uint64_t address, uint64_t size);
bool clear_and_revoke(uint64_t address, uint64_t size);
// Whether the program may do what it was kept from: then a page table was late, or the host lies, and it does
// it again.
bool permits(const TrapFrame& frame);

}  // namespace strongroom::kernel::port::sgx::fixed
