// Private guest memory: how contents get into memory that only the guest reaches.
//
// KVM has no call that fills private memory of a software-protected machine. So the monitor prepares the
// contents in ordinary memory, shows that to the guest in slots of their own, and has the guest copy it, by
// the few instructions of boot.S, before the first instruction of the enclave; then the slots go.
#pragma once

#include <span>
#include <vector>

#include "tee/vm/kvm.h"

namespace strongroom::tee::vm {

// Guest-physical addresses. Read by boot.S.
struct CopyRange {
  uint64_t to;
  uint64_t from;
  uint64_t size;  // bytes
};

struct ByteRange {
  uint64_t begin;
  uint64_t end;
};
// The whole pages that these ranges touch, ascending, each page once. Pure.
std::vector<ByteRange> whole_pages(std::vector<ByteRange> ranges);

// Page tables that map guest-physical memory to itself, by 2 MiB, for ring 0.
class IdentityTables {
 public:
  // Of the guest's memory at `physical`, which `memory` is: zeros, for tables alone.
  IdentityTables(std::span<uint8_t> memory, uint64_t physical) : memory_(memory), physical_(physical) {}
  // So many bytes are enough for these ranges and what stands within 1 GiB of the tables.
  static uint64_t most_bytes(std::span<const CopyRange> ranges);
  void map(uint64_t begin, uint64_t size);
  [[nodiscard]] uint64_t root() const { return physical_; }

 private:
  uint64_t* table(uint64_t physical) const;
  std::span<uint8_t> memory_;
  uint64_t physical_;
  uint64_t used_ = 4096;  // bytes; the root is there from the start
};

// Has the guest copy these ranges in ring 0 of `processor`, which is left with registers of no meaning.
// `slot`: a number for a memory slot that is free again afterwards.
Result<void> copy_in_guest(VirtualMachine& machine, VirtualProcessor& processor, uint32_t slot,
                           std::span<const CopyRange> ranges);

}  // namespace strongroom::tee::vm
