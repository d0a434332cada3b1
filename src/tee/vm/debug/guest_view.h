// The memory of a debug enclave at the addresses that its program uses, through the guest's page tables,
// which are the guest's to change: every step is checked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>

namespace strongroom::tee::vm::debug {

// Used while no processor is in the guest.
class GuestView {
 public:
  // The monitor's own view of the page at a guest-physical address; empty where there is none.
  using PhysicalPage = std::function<std::span<uint8_t>(uint64_t address)>;
  // `root`: CR3.
  GuestView(uint64_t root, PhysicalPage physical_page)
      : root_(root), physical_page_(std::move(physical_page)) {}

  // How many bytes from the first on there are. Breakpoints do not show.
  size_t read(uint64_t address, std::span<uint8_t> to);
  // All or nothing. What the program may only read can be written here. Breakpoints stay.
  bool write(uint64_t address, std::span<const uint8_t> bytes);

  // Puts INT3 there, and takes it away.
  bool set_breakpoint(uint64_t address);
  bool remove_breakpoint(uint64_t address);
  void remove_breakpoints();
  [[nodiscard]] bool has_breakpoint(uint64_t address) const { return breakpoints_.contains(address); }

 private:
  // From this address to the end of its page, in the monitor's own view. Empty where ring 3 has no memory.
  std::span<uint8_t> page(uint64_t address, bool writes);

  uint64_t root_;
  PhysicalPage physical_page_;
  std::map<uint64_t, uint8_t> breakpoints_;  // and the program's own byte there
};

}  // namespace strongroom::tee::vm::debug
