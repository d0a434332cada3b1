// What the kernel's port "vm" and the monitor agree on: the address space of the virtual machine and its
// tables.
//
// The enclave lies where the monitor loads it, above kVmEnclaveLowest. Below stand these, backed by ordinary
// memory of the monitor, because a hypervisor that runs ring 0 in software reads them through its own
// mapping; nothing secret is ever in them but a program's registers at the moment of an exception: rip, rsp
// and flags. Where guest memory is private, so are all of these but the exchanges.
#pragma once

#include <cstdint>

#include "kernel/host_interface.h"

namespace strongroom::kernel {

// One page that a program can execute: `out` to kVmPort, then `ret`. The instruction elsewhere in the program
// reaches the monitor as well, as a host call with whatever the exchange holds.
inline constexpr uint64_t kVmCallPage = 0x10000000;
inline constexpr uint16_t kVmPort = 0xe1;

// One read-only page: CpuidTable. A software hypervisor cannot interpret the instruction where it
// cannot read the code.
inline constexpr uint64_t kVmCpuidPage = 0x10001000;

// Per processor (= slot): a page of ring 0 code and a page of its data, for ring 0 only.
inline constexpr uint64_t kVmBlocks = 0x10100000;
inline constexpr uint64_t kVmBlockSize = 2 * 4096;
// The data pages once more, readable by ring 3. The processor's record of an exception is at the end of the
// page: ss, rsp, rflags, cs, rip, error code, vector, page fault address, from the end downwards.
inline constexpr uint64_t kVmRecords = 0x10400000;
inline constexpr uint64_t kVmRecordSize = 4096;

inline constexpr uint64_t kVmExchanges = 0x20000000;

// The page table entries of the enclave's whole range, one after the other, writable by ring 3: this is how
// the kernel changes protections.
inline constexpr uint64_t kVmPageTable = 0x40000000;
// The guest-physical address of the enclave's first page.
inline constexpr uint64_t kVmEnclavePhysical = 0x100000000;
inline constexpr uint64_t kVmEnclaveLowest = 0x100000000;

// The image's read-only pages, from a file that is sealed against change, have guest-physical addresses of
// their own. The kernel learns them from the page table entries that it finds.
inline constexpr uint64_t kVmCodePhysical = 0x80000000;

// The call area (src/calls) lies behind the last exchange; its guest-physical address.
inline constexpr uint64_t kVmCallAreaPhysical = 0xc0000000;

// Where memory is private, what brings the contents there stands here until they are
// (tee/vm/private_memory.h); the contents themselves stand behind the enclave.
inline constexpr uint64_t kVmBootPhysical = 0xe0000000;

// Page table entry bits (Intel SDM volume 3A, table 4-20).
inline constexpr uint64_t kPagePresent = 1, kPageWritable = 2, kPageUser = 4, kPageAccessed = 0x20,
                          kPageDirty = 0x40, kPageNoExecute = 1ull << 63;

}  // namespace strongroom::kernel
