// What the kernel's port "vm" and the monitor agree on: the address space of the virtual machine and its
// tables.
//
// The enclave lies where the monitor loads it, above kVmEnclaveLowest. Below stand these, backed by ordinary
// memory of the monitor, because a hypervisor that runs ring 0 in software reads them through its own
// mapping; nothing secret is ever in them but a program's registers at the moment of an exception: rip, rsp
// and flags.
#pragma once

#include <cstdint>

#include "kernel/host_interface.h"

namespace strongroom::kernel {

// One page that a program can execute: `out` to kVmPort, then `ret`. The instruction elsewhere in the program
// reaches the monitor as well, as a host call with whatever the exchange holds.
inline constexpr uint64_t kVmCallPage = 0x10000000;
inline constexpr uint16_t kVmPort = 0xe1;

// One read-only page: the answers of CPUID. A software hypervisor cannot interpret the instruction where it
// cannot read the code.
inline constexpr uint64_t kVmCpuidPage = 0x10001000;
struct VmCpuidEntry {
  uint32_t leaf;
  uint32_t subleaf;
  uint32_t any_subleaf;  // 1: the answer is the same for every subleaf
  uint32_t a, b, c, d;
};
inline constexpr uint32_t kVmCpuidCapacity = 140;
struct VmCpuidTable {
  uint32_t count;
  VmCpuidEntry entries[kVmCpuidCapacity];
};
static_assert(sizeof(VmCpuidTable) <= 4096);

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

// Page table entry bits (Intel SDM volume 3A, table 4-20).
inline constexpr uint64_t kPagePresent = 1, kPageWritable = 2, kPageUser = 4, kPageAccessed = 0x20,
                          kPageDirty = 0x40, kPageNoExecute = 1ull << 63;

// The host's clock, in Exchange::reserved of each thread; the monitor fills it in at every entry. Nanoseconds
// at `timestamp`, and nanoseconds a tick as a 32.32 fixed-point number.
struct VmClock {
  uint64_t timestamp;
  int64_t realtime_ns;
  int64_t monotonic_ns;
  uint64_t ns_per_tick;
};
static_assert(sizeof(VmClock) <= sizeof(Exchange::reserved));

}  // namespace strongroom::kernel
