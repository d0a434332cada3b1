#include "kernel/port/sgx_memory.h"

#include <elf.h>

#include <atomic>

#include "kernel/boot.h"
#include "kernel/host_call.h"
#include "kernel/port/sgx_enclu.h"
#include "kernel/port/sgx_fixed_memory.h"
#include "kernel/port/sgx_layout.h"
#include "kernel/port/sgx_masks.h"
#include "kernel/spin_lock.h"

namespace strongroom::kernel::port::sgx {
namespace {

using arch::kPageSize;

constexpr uint64_t kRegularPage = static_cast<uint64_t>(arch::PageType::kRegular) << arch::kSecinfoTypeShift;
constexpr uint64_t kTrimPage = static_cast<uint64_t>(arch::PageType::kTrim) << arch::kSecinfoTypeShift;
constexpr uint64_t kFreshPage =
    kRegularPage | arch::kSecinfoRead | arch::kSecinfoWrite | arch::kSecinfoPending;

// What may be done with a page; each level includes those below.
enum Level : uint8_t { kNothing = 0, kReading = 1, kWriting = 2 };

// One byte a page: the level that the kernel wants, and what the page is to the processor.
struct PageState {
  Level wanted : 2;
  Level permitted : 2;
  bool present : 1;  // accepted, or of the image
  bool fixed : 1;    // code: never changes
};
static_assert(sizeof(PageState) == 1);

constinit PageState* states = nullptr;
constinit uint64_t first_page = 0;
constinit uint64_t page_count = 0;
// Of changes to PageState. Held over EACCEPT, which never reaches the exception handler (resolve_fault).
constinit SpinLock lock;

// A page that is touched for the first time brings its neighbours along: an exception costs more than they
// do.
constexpr uint64_t kAround = 16;

uint64_t begin_of_pages() {
  return enclave_base() + image_header().program.offset;
}
PageState& state_of(uint64_t address) {
  return states[(address - first_page) / kPageSize];
}
Level level_of(uint32_t protection) {
  if ((protection & arch::kWrite) != 0) return kWriting;
  return (protection & (arch::kRead | arch::kExecute)) != 0 ? kReading : kNothing;
}
uint64_t permissions(Level level) {
  return level == kWriting   ? arch::kSecinfoRead | arch::kSecinfoWrite
         : level == kReading ? uint64_t{arch::kSecinfoRead}
                             : 0;
}

[[noreturn]] void host_misbehaved() {
  abort_enclave(AbortCause::kHostMisbehaved, "the host changed a page of the enclave otherwise than asked");
}

bool change_pages(PageChange change, uint64_t address, uint64_t size, uint64_t flags) {
  return host_call(HostCall::kChangePages, static_cast<uint64_t>(change), address - enclave_base(), size,
                   flags) == 0;
}

// Calls visit(begin, size) for each run of pages in the range for which `matches` holds.
template <typename Matches, typename Visit>
bool for_each_run(uint64_t address, uint64_t size, Matches matches, Visit visit) {
  const uint64_t end = address + size;
  while (address < end) {
    if (!matches(state_of(address))) {
      address += kPageSize;
      continue;
    }
    uint64_t run_end = address + kPageSize;
    while (run_end < end && matches(state_of(run_end))) run_end += kPageSize;
    if (!visit(address, run_end - address)) return false;
    address = run_end;
  }
  return true;
}

// Takes permissions away. The host does it, the enclave checks it.
bool restrict_pages(uint64_t address, uint64_t size, Level level) {
  return for_each_run(
      address, size,
      [&](PageState state) { return state.present && !state.fixed && state.permitted > level; },
      [&](uint64_t begin, uint64_t run) {
        if (!change_pages(PageChange::kRestrict, begin, run, permissions(level))) return false;
        for (uint64_t page = begin; page < begin + run; page += kPageSize) {
          if (!accept_page(page, kRegularPage | permissions(level) | arch::kSecinfoPermissionRestricted))
            host_misbehaved();
          SpinGuard guard(lock);
          state_of(page).permitted = level;
        }
        return true;
      });
}

// Gives permissions. Under the lock.
void extend(uint64_t page) {
  PageState& state = state_of(page);
  if (!state.present || state.fixed || state.permitted >= state.wanted) return;
  extend_page(page, permissions(state.wanted));
  state.permitted = state.wanted;
}

// Under the lock.
void accept_fresh(uint64_t page) {
  PageState& state = state_of(page);
  if (state.present || state.wanted == kNothing) return;
  if (!accept_page(page, kFreshPage)) host_misbehaved();
  state.present = true;
  state.permitted = kWriting;
}

}  // namespace

uint64_t table_size() {
  if (fixed::chosen()) return fixed::table_size();
  const arch::ImageHeader& header = image_header();
  const uint64_t pages = (header.enclave_size - header.program.offset) / kPageSize;
  return (pages * sizeof(PageState) + kPageSize - 1) & ~(kPageSize - 1);
}

void start_pages() {
  if (fixed::chosen()) return fixed::start_pages();
  const arch::ImageHeader& header = image_header();
  const uint64_t size = table_size();
  const uint64_t table = enclave_end() - size;
  for (uint64_t page = table; page < enclave_end(); page += kPageSize)
    if (!accept_page(page, kFreshPage)) host_misbehaved();
  states = reinterpret_cast<PageState*>(table);
  first_page = begin_of_pages();
  page_count = (table - first_page) / kPageSize;
  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(enclave_base() + header.program_headers);
  for (uint32_t i = 0; i < header.program_header_count; ++i) {
    const Elf64_Phdr& segment = segments[i];
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    const uint64_t begin = (first_page + segment.p_vaddr) & ~(kPageSize - 1);
    const Level level = (segment.p_flags & PF_W) != 0 ? kWriting : kReading;
    for (uint64_t page = begin; page < first_page + segment.p_vaddr + segment.p_memsz; page += kPageSize)
      state_of(page) = {.wanted = level,
                        .permitted = (segment.p_flags & PF_R) != 0 ? level : kNothing,
                        .present = true,
                        .fixed = (segment.p_flags & PF_X) != 0};
  }
}

bool pages_started() {
  return states != nullptr || fixed::pages_started();
}

bool protect(uint64_t address, uint64_t size, uint32_t protection) {
  if (fixed::chosen()) return fixed::protect(address, size, protection);
  const Level level = level_of(protection);
  {
    SpinGuard guard(lock);
    for (uint64_t page = address; page < address + size; page += kPageSize) {
      state_of(page).wanted = level;
      extend(page);
    }
  }
  return restrict_pages(address, size, level);
}

void clear_touched(uint64_t address, uint64_t size) {
  if (fixed::chosen()) return fixed::clear_touched(address, size);
  for (uint64_t page = address; page < address + size; page += kPageSize)
    if (state_of(page).present) __builtin_memset(reinterpret_cast<void*>(page), 0, kPageSize);
}

// A page that comes back is a fresh one, so nothing need be zeroed here.
bool clear_and_revoke(uint64_t address, uint64_t size) {
  if (fixed::chosen()) return fixed::clear_and_revoke(address, size);
  {
    SpinGuard guard(lock);
    for (uint64_t page = address; page < address + size; page += kPageSize) state_of(page).wanted = kNothing;
  }
  return for_each_run(
      address, size, [](PageState state) { return state.present; },
      [](uint64_t begin, uint64_t run) {
        if (!change_pages(PageChange::kTrim, begin, run, 0)) return false;
        for (uint64_t page = begin; page < begin + run; page += kPageSize)
          if (!accept_page(page, kTrimPage | arch::kSecinfoModified)) host_misbehaved();
        if (!change_pages(PageChange::kRemove, begin, run, 0)) return false;
        SpinGuard guard(lock);
        for (uint64_t page = begin; page < begin + run; page += kPageSize) state_of(page) = {};
        return true;
      });
}

uint64_t access_to(uint64_t address) {
  if (states == nullptr) return arch::kNoAccess;
  const uint64_t page = (address - first_page) / kPageSize;
  const Mask known = less(page, page_count);
  const PageState state = states[page & known];
  const uint64_t level = state.permitted;
  const Mask there = known & (uint64_t{0} - uint64_t{state.present});
  return there &
         ((~is_zero(level) & uint64_t{arch::kRead}) | (equal(level, kWriting) & uint64_t{arch::kWrite}) |
          (uint64_t{state.fixed} * uint64_t{arch::kExecute}));
}

bool resolve_fault(TrapFrame& frame) {
  const bool at_enclu = frame.rip == reinterpret_cast<uint64_t>(strongroom_sgx_enclu_instruction);
  if (at_enclu && frame.cause == TrapCause::kGeneralProtection) {
    constexpr uint64_t kLength = 3;
    frame.rip += kLength;
    frame.rax = static_cast<uint64_t>(arch::LeafStatus::kGeneralProtection);
    return true;
  }
  if (fixed::chosen()) return fixed::permits(frame);
  if (frame.cause != TrapCause::kPageFault || states == nullptr) return false;
  // The page was not there when ENCLU looked for it.
  if (at_enclu) return true;
  const uint64_t page = frame.address & ~(kPageSize - 1);
  if (page < first_page || (page - first_page) / kPageSize >= page_count) return false;
  if ((frame.error & kFaultFetch) != 0) return false;
  const Level needed = (frame.error & kFaultWrite) != 0 ? kWriting : kReading;
  if (state_of(page).wanted < needed) return false;
  Level wanted;
  {
    SpinGuard guard(lock);
    accept_fresh(page);
    extend(page);
    for (uint64_t i = 1; i < kAround && (page - first_page) / kPageSize + i < page_count; ++i) {
      const PageState next = state_of(page + i * kPageSize);
      if (next.present || next.wanted != kWriting) break;
      accept_fresh(page + i * kPageSize);
    }
    wanted = static_cast<Level>(state_of(page).wanted);
  }
  // Fresh pages are writable. Where the page was there already, another thread was faster, or the host lies:
  // then the access is repeated.
  if (wanted < kWriting) restrict_pages(page, kPageSize, wanted);
  return true;
}

}  // namespace strongroom::kernel::port::sgx
