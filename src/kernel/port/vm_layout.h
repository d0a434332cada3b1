// What the kernel's port "vm" and the monitor agree on: the address space of the virtual machine and its
// tables.
//
// The enclave lies where the monitor loads it, above kVmEnclaveLowest. Below stand these, backed by ordinary
// memory of the monitor, because a hypervisor that runs ring 0 in software reads them through its own
// mapping; nothing secret is ever in them but a program's registers at the moment of an exception: rip, rsp
// and flags. Where guest memory is private, so are all of these but the exchanges.
#pragma once

#include <cstdint>

#include "arch/image_header.h"
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
constexpr uint64_t vm_block(uint32_t slot) {
  return kVmBlocks + slot * kVmBlockSize;
}
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

// The enclave's memory comes in parts. What a hypervisor keeps of memory costs time by its size, and most
// programs use little of their address space: so only the parts where the image, the heap's beginning and the
// first stack lie are there when the enclave is entered. The kernel asks for others (PageChange::kProvide)
// before it maps the first page of them.
inline constexpr uint32_t kVmParts = 16;
// The parts that hold some of the enclave's pages from `begin` to `end`, as bits.
constexpr uint32_t vm_parts(uint64_t enclave_size, uint64_t begin, uint64_t end) {
  uint32_t parts = 0;
  for (uint32_t i = 0; i < kVmParts; ++i)
    if (begin < (i + 1) * (enclave_size / kVmParts) && i * (enclave_size / kVmParts) < end) parts |= 1u << i;
  return parts;
}
// What memory_map.cc uses at the start: it puts heap and stack at random places in 1/64 of the arena.
constexpr uint32_t vm_first_parts(const arch::ImageHeader& header) {
  const uint64_t end = header.arena.offset + header.arena.size;
  const uint64_t stack = header.arena.size / 64 + header.main_stack_size;
  return vm_parts(header.enclave_size, 0, header.arena.offset + header.arena.size / 32) |
         vm_parts(header.enclave_size, stack < end ? end - stack : 0, end);
}

// Guest-physical addresses: from 0 on the tables and pages named above, then the image's read-only pages,
// from a file that is sealed against change, then the call area (src/calls). The kernel learns those of the
// image's pages from the page table entries that it finds. The call area's address is behind the last
// exchange.

// Where memory is private, what brings the contents there stands here until they are
// (tee/vm/private_memory.h); the contents themselves stand behind the enclave.
inline constexpr uint64_t kVmBootPhysical = 0xe0000000;

// Page table entry bits (Intel SDM volume 3A, table 4-20).
inline constexpr uint64_t kPagePresent = 1, kPageWritable = 2, kPageUser = 4, kPageAccessed = 0x20,
                          kPageDirty = 0x40, kPageNoExecute = 1ull << 63;

}  // namespace strongroom::kernel
