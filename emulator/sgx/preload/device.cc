#include "preload/device.h"

#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "preload/abort_page.h"
#include "preload/driver.h"
#include "preload/real.h"

namespace strongroom::sgx {
namespace {

using arch::kPageSize;
using arch::PageType;

int protection_for(Access access) {
  if (access == Access::kWrite) return PROT_WRITE;
  return access == Access::kExecute ? PROT_EXEC : PROT_READ;
}

tl::unexpected<Fault> page_fault(uint64_t address, Access access, bool present) {
  return tl::unexpected<Fault>({arch::ExceptionVector::kPageFault,
                                access_bits(access) | (present ? uint32_t{kFaultPresent} : 0), address});
}

}  // namespace

Device::~Device() {
  for (auto& [offset, page] : pages) static_cast<void>(eremove(page->epc));
  pages.clear();
  if (processor_view != nullptr) real::munmap(processor_view, size);
  if (memory_fd >= 0) real::close(memory_fd);
}

bool Device::maps(uint64_t address) const {
  return contains(address) && mapped[(address - base) / kPageSize] != kNotMapped;
}
bool Device::is_mapped() const {
  return std::any_of(mapped.begin(), mapped.end(),
                     [](uint8_t protection) { return protection != kNotMapped; });
}

DevicePage* Device::find(uint64_t offset) {
  const auto found = pages.find(offset);
  return found == pages.end() ? nullptr : found->second.get();
}

std::unique_ptr<DevicePage> Device::make_page(uint64_t offset, uint64_t secinfo_flags) const {
  auto page = std::make_unique<DevicePage>();
  page->epc.bytes = processor_view + offset;
  page->type = static_cast<PageType>(secinfo_flags >> arch::kSecinfoTypeShift & 0xff);
  page->maximum_protection = static_cast<uint32_t>(secinfo_flags & arch::kSecinfoPermissions);
  if (page->type == PageType::kTcs) page->maximum_protection |= PROT_READ | PROT_WRITE;
  return page;
}

int Device::may_map(uint64_t start, uint64_t end, int protection) const {
  if (initialised() && (start < base || end > base + size)) return -EACCES;
  if ((personality(0xffffffff) & READ_IMPLIES_EXEC) != 0) return -EACCES;
  if (!created || end <= base) return 0;
  for (auto at = pages.lower_bound(start < base ? 0 : start - base); at != pages.end(); ++at) {
    if (at->first + base >= end) break;
    if ((static_cast<uint32_t>(protection) & ~at->second->maximum_protection & 7) != 0) return -EACCES;
  }
  return 0;
}

void Device::set_mapped(uint64_t start, uint64_t end, uint8_t protection) {
  if (!created) return;
  const uint64_t from = std::max(start, base);
  const uint64_t to = std::min(end, base + size);
  for (uint64_t at = from; at < to; at += kPageSize) mapped[(at - base) / kPageSize] = protection;
  if (from < to && protection != kNotMapped) apply_protection(from, to);
}

int Device::effective_protection(uint64_t index) {
  DevicePage* const page = find(index * kPageSize);
  if (page == nullptr) return PROT_NONE;
  const EpcmEntry& entry = page->epc.epcm;
  const bool usable = entry.valid && !entry.pending && !entry.modified && entry.type == PageType::kRegular;
  return usable ? static_cast<int>(mapped[index] & entry.permissions) : PROT_NONE;
}

template <typename Kind, typename Map>
void Device::for_each_run(uint64_t start, uint64_t end, const Kind& kind, const Map& map) const {
  const uint64_t last = (end - base) / kPageSize;
  for (uint64_t index = (start - base) / kPageSize; index < last;) {
    if (mapped[index] == kNotMapped) {
      ++index;
      continue;
    }
    const int of_run = kind(index);
    uint64_t next = index + 1;
    while (next < last && mapped[next] != kNotMapped && kind(next) == of_run) ++next;
    map(base + index * kPageSize, (next - index) * kPageSize, of_run);
    index = next;
  }
}

void Device::apply_protection(uint64_t start, uint64_t end) {
  if (has_abort_page() && threads_inside_ == 0) return show_ones(start, end);
  for_each_run(
      start, end, [this](uint64_t index) { return effective_protection(index); },
      [](uint64_t address, uint64_t bytes, int protection) {
        real::mprotect(reinterpret_cast<void*>(address), bytes, protection);
      });
}

void Device::show_ones(uint64_t start, uint64_t end) {
  for_each_run(
      start, end, [this](uint64_t index) { return mapped[index] & PROT_READ; },
      [](uint64_t address, uint64_t bytes, int readable) { map_ones(address, bytes, readable != 0); });
}

void Device::show_content() {
  for_each_run(
      base, base + size, [](uint64_t) { return 0; },
      [this](uint64_t address, uint64_t bytes, int) {
        real::mmap(reinterpret_cast<void*>(address), bytes, PROT_NONE, MAP_SHARED | MAP_FIXED, memory_fd,
                   static_cast<int64_t>(address - base));
      });
  apply_protection(base, base + size);
}

void Device::enter() {
  if (++threads_inside_ == 1) show_content();
}
void Device::leave() {
  if (--threads_inside_ == 0) show_ones(base, base + size);
}
void Device::leave_all() {
  threads_inside_ = 0;
  if (has_abort_page() && created) show_ones(base, base + size);
}

tl::expected<EpcPage*, Fault> Device::fault_in(uint64_t address, Access access) {
  const uint64_t offset = (address - base) & ~(kPageSize - 1);
  const uint8_t protection = mapped[offset / kPageSize];
  DevicePage* page = find(offset);
  if (protection == kNotMapped || (protection & protection_for(access)) == 0)
    return page_fault(address, access, page != nullptr && protection != kNotMapped);
  if (page == nullptr) {
    if (!initialised() || !changes_enclaves()) return page_fault(address, access, false);
    constexpr uint64_t kAll = arch::kSecinfoPermissions | 2u << arch::kSecinfoTypeShift;
    auto added = make_page(offset, kAll);
    if (!eaug(added->epc, base + offset, secs)) return page_fault(address, access, false);
    page = pages.emplace(offset, std::move(added)).first->second.get();
  }
  if ((protection & ~page->maximum_protection & 7) != 0) return page_fault(address, access, false);
  return &page->epc;
}

}  // namespace strongroom::sgx
