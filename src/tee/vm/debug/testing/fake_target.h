// A target without an enclave: three threads that stand still, 256 bytes of memory.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "tee/vm/debug/target.h"

namespace strongroom::tee::vm::debug {

class FakeTarget : public Target {
 public:
  static constexpr uint64_t kMemory = 0x1000;

  std::vector<uint32_t> threads() override { return {1, 2, 0x1f}; }
  std::optional<RegisterFile> registers(uint32_t thread) override {
    if (!exists(thread)) return std::nullopt;
    return files[thread];
  }
  bool set_registers(uint32_t thread, const RegisterFile& registers) override {
    if (!exists(thread)) return false;
    files[thread] = registers;
    return true;
  }
  size_t read_memory(uint64_t address, std::span<uint8_t> to) override {
    if (address < kMemory || address - kMemory >= memory.size()) return 0;
    const size_t count = std::min<size_t>(to.size(), memory.size() - (address - kMemory));
    std::copy_n(memory.begin() + static_cast<ptrdiff_t>(address - kMemory), count, to.begin());
    return count;
  }
  bool write_memory(uint64_t address, std::span<const uint8_t> bytes) override {
    if (address < kMemory || address - kMemory > memory.size() ||
        bytes.size() > memory.size() - (address - kMemory))
      return false;
    std::ranges::copy(bytes, memory.begin() + static_cast<ptrdiff_t>(address - kMemory));
    return true;
  }
  bool set_breakpoint(uint64_t address) override { return breakpoints.insert(address).second; }
  bool remove_breakpoint(uint64_t address) override { return breakpoints.erase(address) != 0; }
  bool watch(uint64_t address, uint64_t size) override { return watches.insert({address, size}).second; }
  bool unwatch(uint64_t address, uint64_t size) override { return watches.erase({address, size}) != 0; }
  std::optional<uint64_t> thread_local_address(uint32_t thread, uint64_t offset) override {
    return exists(thread) ? std::optional(0x7000 + offset) : std::nullopt;
  }
  void resume(std::span<const ThreadAction> wanted) override { actions = {wanted.begin(), wanted.end()}; }
  void interrupt() override { ++interrupts; }
  void kill() override { killed = true; }

  std::map<uint32_t, RegisterFile> files;
  std::array<uint8_t, 256> memory{};
  std::set<uint64_t> breakpoints;
  std::set<std::pair<uint64_t, uint64_t>> watches;
  std::vector<ThreadAction> actions;
  int interrupts = 0;
  bool killed = false;

 private:
  bool exists(uint32_t thread) { return std::ranges::count(threads(), thread) != 0; }
};

}  // namespace strongroom::tee::vm::debug
