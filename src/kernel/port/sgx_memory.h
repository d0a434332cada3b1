// Memory of the port "sgx": the processor's own permissions of each page, and pages that come when they are
// first touched (SGX2). In an image that does without SGX2, sgx_fixed_memory.h does all of it.
//
// A page of the arena is added by the host when it is touched, and means nothing before the enclave has
// accepted it. Which pages were accepted stands in a table at the end of the arena, so that no page is
// accepted twice: a host that took a page away and gave a fresh one in its place would else have zeroed it.
#pragma once

#include <cstdint>

#include "kernel/trap_frame.h"

namespace strongroom::kernel::port::sgx {

// How much of the arena's end the table takes.
uint64_t table_size();
// Once, before anything else here: takes the table's pages, and enters the program's.
void start_pages();

// Whether that is done. Before, no fault is planned: the first thread area is still as the host left it.
bool pages_started();

// As in port.h.
bool protect(uint64_t address, uint64_t size, uint32_t protection);
void clear_touched(uint64_t address, uint64_t size);
bool clear_and_revoke(uint64_t address, uint64_t size);
bool resolve_fault(TrapFrame& frame);

// How the processor lets the page at `address` be accessed now, as far as the table knows: arch::Protection,
// or 0 where there is no page of program or arena. Without branches on the address or on what the page is
// (sgx_masks.h).
uint64_t access_to(uint64_t address);

}  // namespace strongroom::kernel::port::sgx
