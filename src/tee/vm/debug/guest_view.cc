#include "tee/vm/debug/guest_view.h"

#include <algorithm>

#include "arch/page.h"
#include "kernel/port/vm_layout.h"

namespace strongroom::tee::vm::debug {
namespace {

using namespace strongroom::kernel;
constexpr uint64_t kAddressBits = 0x000ffffffffff000;
constexpr uint64_t kLargePage = 1u << 7;
constexpr uint64_t kLowestNonCanonical = uint64_t{1} << 47;
constexpr uint8_t kInt3 = 0xcc;

}  // namespace

std::span<uint8_t> GuestView::page(uint64_t address, bool writes) {
  if (address >= kLowestNonCanonical) return {};
  uint64_t table = root_;
  for (const int shift : {39, 30, 21, 12}) {
    const std::span<uint8_t> entries = physical_page_(table);
    if (entries.empty()) return {};
    uint64_t& entry = reinterpret_cast<uint64_t*>(entries.data())[address >> shift & 511];
    const uint64_t value = entry;
    if ((value & kPagePresent) == 0 || (value & kPageUser) == 0) return {};
    const bool large = (value & kLargePage) != 0 && (shift == 30 || shift == 21);
    if (shift != 12 && !large) {
      table = value & kAddressBits;
      continue;
    }
    const std::span<uint8_t> bytes = physical_page_((value & kAddressBits & ~((uint64_t{1} << shift) - 1)) |
                                                    (address & ((uint64_t{1} << shift) - 1) & kAddressBits));
    // Pages are flushed at the end by this bit.
    if (writes && !bytes.empty()) entry = value | kPageDirty;
    return bytes.empty() ? bytes : bytes.subspan(address % arch::kPageSize);
  }
  return {};
}

size_t GuestView::read(uint64_t address, std::span<uint8_t> to) {
  size_t done = 0;
  while (done < to.size()) {
    const std::span<uint8_t> from = page(address + done, false);
    if (from.empty()) break;
    const size_t count = std::min(from.size(), to.size() - done);
    std::ranges::copy(from.first(count), to.begin() + static_cast<ptrdiff_t>(done));
    done += count;
  }
  for (auto at = breakpoints_.lower_bound(address); at != breakpoints_.end() && at->first - address < done;
       ++at)
    to[at->first - address] = at->second;
  return done;
}

bool GuestView::write(uint64_t address, std::span<const uint8_t> bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const std::span<uint8_t> to = page(address + done, false);
    if (to.empty()) return false;
    done += to.size();
  }
  for (size_t done = 0; done < bytes.size(); ++done) {
    const uint64_t at = address + done;
    if (const auto found = breakpoints_.find(at); found != breakpoints_.end())
      found->second = bytes[done];
    else
      page(at, true).front() = bytes[done];
  }
  return true;
}

bool GuestView::set_breakpoint(uint64_t address) {
  if (has_breakpoint(address)) return true;
  uint8_t own = 0;
  if (read(address, {&own, 1}) != 1 || !write(address, {&kInt3, 1})) return false;
  breakpoints_.emplace(address, own);
  return true;
}

bool GuestView::remove_breakpoint(uint64_t address) {
  const auto found = breakpoints_.find(address);
  if (found == breakpoints_.end()) return false;
  const uint8_t own = found->second;
  breakpoints_.erase(found);
  return write(address, {&own, 1});
}

void GuestView::remove_breakpoints() {
  while (!breakpoints_.empty()) remove_breakpoint(breakpoints_.begin()->first);
}

}  // namespace strongroom::tee::vm::debug
