#include "kernel/port/sgx_fixed_memory.h"

#include <elf.h>

#include "kernel/boot.h"
#include "kernel/host_call.h"
#include "kernel/port/sgx_layout.h"

namespace strongroom::kernel::port::sgx::fixed {
namespace {

using arch::kPageSize;

enum class Content : uint8_t {
  kUnknown = 0,  // as the host added it: nothing measured it
  kZero = 1,
  kUsed = 2,
};

// One byte a page from the program to the end of the arena. All zero: as the host added it, closed.
struct PageState {
  uint8_t access : 3;  // arch::Protection, as the host was asked to have it in its page tables
  Content content : 2;
};
static_assert(sizeof(PageState) == 1);

// Changed under the mutex of the memory map.
constinit PageState* states = nullptr;
constinit uint64_t first_page = 0;
constinit uint64_t page_count = 0;

constexpr uint8_t kReadWrite = arch::kRead | arch::kWrite;

uint64_t arena_end() {
  return enclave_base() + image_header().arena.offset + image_header().arena.size;
}
PageState& state_of(uint64_t address) {
  return states[(address - first_page) / kPageSize];
}

bool ask_host(uint64_t address, uint64_t size, uint32_t access) {
  return host_call(HostCall::kChangePages, static_cast<uint64_t>(PageChange::kProtect),
                   address - enclave_base(), size, access) == 0;
}

// Has the host give each page of the range this access, in as few calls as there are runs of pages without
// it.
bool set_access(uint64_t address, uint64_t size, uint8_t access) {
  const uint64_t end = address + size;
  while (address < end) {
    uint64_t run_end = address;
    while (run_end < end && state_of(run_end).access != access) run_end += kPageSize;
    if (run_end > address && !ask_host(address, run_end - address, access)) return false;
    for (uint64_t page = address; page < run_end; page += kPageSize) state_of(page).access = access & 7;
    address = run_end + (run_end < end ? kPageSize : 0);
  }
  return true;
}

void zero(uint64_t page) {
  __builtin_memset(reinterpret_cast<void*>(page), 0, kPageSize);
}

bool holds_unknown(uint64_t address, uint64_t size) {
  for (uint64_t page = address; page < address + size; page += kPageSize)
    if (state_of(page).content == Content::kUnknown) return true;
  return false;
}

uint8_t access_of(const Elf64_Phdr& segment) {
  return static_cast<uint8_t>(((segment.p_flags & PF_R) != 0 ? arch::kRead : 0u) |
                              ((segment.p_flags & PF_W) != 0 ? arch::kWrite : 0u) |
                              ((segment.p_flags & PF_X) != 0 ? arch::kExecute : 0u));
}

}  // namespace

bool chosen() {
  return (image_header().flags & arch::kImageFixedMemory) != 0;
}

uint64_t table_size() {
  const arch::ImageHeader& header = image_header();
  const uint64_t pages = (header.arena.offset + header.arena.size - header.program.offset) / kPageSize;
  return (pages * sizeof(PageState) + kPageSize - 1) & ~(kPageSize - 1);
}

void start_pages() {
  const arch::ImageHeader& header = image_header();
  const uint64_t size = table_size();
  const uint64_t table = arena_end() - size;
  if (!ask_host(table, size, kReadWrite))
    abort_enclave(AbortCause::kHostMisbehaved, "the host does not open pages of the enclave to it");
  for (uint64_t page = table; page < table + size; page += kPageSize) zero(page);
  first_page = enclave_base() + header.program.offset;
  page_count = (table - first_page) / kPageSize;
  states = reinterpret_cast<PageState*>(table);
  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(enclave_base() + header.program_headers);
  for (uint32_t i = 0; i < header.program_header_count; ++i) {
    const Elf64_Phdr& segment = segments[i];
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    const uint64_t begin = (first_page + segment.p_vaddr) & ~(kPageSize - 1);
    for (uint64_t page = begin; page < first_page + segment.p_vaddr + segment.p_memsz; page += kPageSize) {
      state_of(page).access = access_of(segment) & 7;
      state_of(page).content = Content::kUsed;
    }
  }
}

bool pages_started() {
  return states != nullptr;
}

bool protect(uint64_t address, uint64_t size, uint32_t protection) {
  const auto access = static_cast<uint8_t>(protection);
  if (access != arch::kNoAccess && holds_unknown(address, size)) {
    if (!set_access(address, size, kReadWrite)) return false;
    for (uint64_t page = address; page < address + size; page += kPageSize) {
      if (state_of(page).content != Content::kUnknown) continue;
      zero(page);
      state_of(page).content = Content::kZero;
    }
  }
  if (!set_access(address, size, access)) return false;
  if ((access & arch::kWrite) != 0)
    for (uint64_t page = address; page < address + size; page += kPageSize)
      state_of(page).content = Content::kUsed;
  return true;
}

void clear_touched(uint64_t address, uint64_t size) {
  for (uint64_t page = address; page < address + size; page += kPageSize)
    if (state_of(page).content == Content::kUsed) zero(page);
}

bool clear_and_revoke(uint64_t address, uint64_t size) {
  for (uint64_t page = address; page < address + size; page += kPageSize) {
    if (state_of(page).content == Content::kUsed) zero(page);
    state_of(page).content = Content::kZero;
  }
  return set_access(address, size, arch::kNoAccess);
}

bool permits(const TrapFrame& frame) {
  if (frame.cause != TrapCause::kPageFault || states == nullptr || (frame.error & kFaultFetch) != 0)
    return false;
  const uint64_t page = frame.address & ~(kPageSize - 1);
  if (page < first_page || (page - first_page) / kPageSize >= page_count) return false;
  const uint8_t needed = (frame.error & kFaultWrite) != 0 ? uint8_t{arch::kWrite} : uint8_t{arch::kRead};
  return (state_of(page).access & needed) != 0;
}

}  // namespace strongroom::kernel::port::sgx::fixed
