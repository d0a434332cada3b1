// Memory from the system: mmap, brk and their kin.
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include <memory>
#include <thread>

#include "check.h"

namespace {

constexpr size_t kPage = 4096;

char* map(size_t size, int protection = PROT_READ | PROT_WRITE, int flags = 0, void* where = nullptr) {
  void* memory = mmap(where, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

sigjmp_buf escape;
volatile void* fault_address;

// Whether the access ends in SIGSEGV at the address itself.
template <typename Access>
bool faults(const volatile void* address, Access access) {
  struct sigaction action {
  }, before{};
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    fault_address = info->si_addr;
    siglongjmp(escape, 1);
  };
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, &before);
  bool faulted = false;
  if (sigsetjmp(escape, 1) == 0) {
    access();
  } else {
    faulted = fault_address == address;
  }
  sigaction(SIGSEGV, &before, nullptr);
  return faulted;
}

bool write_faults(volatile char* address) {
  return faults(address, [&] { *address = 1; });
}

bool read_faults(const volatile char* address) {
  return faults(address, [&] { (void)*address; });
}

}  // namespace

CASE(fresh_memory_is_zero_and_writable) {
  char* memory = map(64 * kPage);
  CHECK(memory != nullptr);
  if (memory == nullptr) return;
  for (size_t at = 0; at < 64 * kPage; at += 512) CHECK_EQ(memory[at], 0);
  memset(memory, 7, 64 * kPage);
  CHECK_EQ(munmap(memory, 64 * kPage), 0);
  CHECK(read_faults(memory));
}

CASE(mapping_refuses_what_it_must) {
  CHECK_ERRNO(syscall(SYS_mmap, 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
  CHECK_ERRNO(syscall(SYS_mmap, 0, kPage, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
  CHECK_ERRNO(syscall(SYS_mmap, 0, kPage, PROT_READ, MAP_PRIVATE, 999, 0), EBADF);
  CHECK_ERRNO(syscall(SYS_mmap, 0, 1ul << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
  CHECK_ERRNO(munmap(reinterpret_cast<void*>(1), kPage), EINVAL);
}

CASE(fixed_mappings_replace_or_refuse) {
  char* memory = map(4 * kPage);
  memset(memory, 7, 4 * kPage);
  CHECK(map(kPage, PROT_READ | PROT_WRITE, MAP_FIXED, memory + kPage) == memory + kPage);
  CHECK_EQ(memory[0], 7);
  CHECK_EQ(memory[kPage], 0);
  CHECK_EQ(memory[2 * kPage], 7);
  CHECK(map(kPage, PROT_READ, MAP_FIXED_NOREPLACE, memory) == nullptr);
  CHECK_EQ(errno, EEXIST);
  munmap(memory, 4 * kPage);
}

CASE(part_of_a_mapping_can_go) {
  char* memory = map(3 * kPage);
  memset(memory, 7, 3 * kPage);
  CHECK_EQ(munmap(memory + kPage, kPage), 0);
  CHECK_EQ(memory[0], 7);
  CHECK_EQ(memory[2 * kPage], 7);
  CHECK(read_faults(memory + kPage));
  munmap(memory, kPage);
  munmap(memory + 2 * kPage, kPage);
}

CASE(protection_is_enforced_and_changes) {
  char* memory = map(3 * kPage);
  memset(memory, 7, 3 * kPage);
  CHECK_EQ(mprotect(memory + kPage, kPage, PROT_READ), 0);
  CHECK_EQ(memory[kPage], 7);
  CHECK(write_faults(memory + kPage));
  CHECK_EQ(mprotect(memory + kPage, kPage, PROT_NONE), 0);
  CHECK(read_faults(memory + kPage));
  CHECK_EQ(mprotect(memory + kPage, kPage, PROT_READ | PROT_WRITE), 0);
  memory[kPage] = 8;
  CHECK_EQ(memory[kPage + 1], 7);
  CHECK_EQ(memory[2 * kPage], 7);
  CHECK_ERRNO(mprotect(memory + 1, kPage, PROT_READ), EINVAL);
  munmap(memory, 3 * kPage);
  CHECK_ERRNO(mprotect(memory, kPage, PROT_READ), ENOMEM);
}

// Threads at once, in address space that nothing has used: it may get its memory only now.
CASE(pages_far_apart_are_zero_and_hold_what_is_written) {
  size_t size = size_t{512} << 20;
  char* memory = nullptr;
  while (size > size_t{8} << 20 && (memory = map(size, PROT_NONE, MAP_NORESERVE)) == nullptr) size /= 2;
  CHECK(memory != nullptr);
  if (memory == nullptr) return;
  const size_t distance = size / 64;
  const auto write = [&](size_t first) {
    for (size_t at = first * distance; at < size; at += 2 * distance) {
      CHECK_EQ(mprotect(memory + at, kPage, PROT_READ | PROT_WRITE), 0);
      CHECK_EQ(memory[at], 0);
      memory[at] = static_cast<char>(at / distance + 1);
    }
  };
  std::thread other([&] { write(1); });
  write(0);
  other.join();
  for (size_t at = 0; at < size; at += distance) CHECK_EQ(memory[at], static_cast<char>(at / distance + 1));
  CHECK_EQ(munmap(memory, size), 0);
}

CASE(mremap_grows_shrinks_and_moves) {
  char* memory = map(2 * kPage);
  memset(memory, 7, 2 * kPage);
  void* grown = mremap(memory, 2 * kPage, 300 * kPage, MREMAP_MAYMOVE);
  CHECK(grown != MAP_FAILED);
  if (grown == MAP_FAILED) return;
  memory = static_cast<char*>(grown);
  CHECK_EQ(memory[2 * kPage - 1], 7);
  CHECK_EQ(memory[2 * kPage], 0);
  CHECK_EQ(memory[300 * kPage - 1], 0);
  CHECK_EQ(mremap(memory, 300 * kPage, kPage, 0), memory);
  CHECK_EQ(memory[0], 7);
  CHECK(read_faults(memory + kPage));
  munmap(memory, kPage);
}

CASE(dontneed_gives_zeros_back) {
  char* memory = map(4 * kPage);
  memset(memory, 7, 4 * kPage);
  CHECK_EQ(madvise(memory + kPage, 2 * kPage, MADV_DONTNEED), 0);
  CHECK_EQ(memory[0], 7);
  CHECK_EQ(memory[kPage], 0);
  CHECK_EQ(memory[3 * kPage - 1], 0);
  CHECK_EQ(memory[3 * kPage], 7);
  CHECK_EQ(madvise(memory, kPage, MADV_WILLNEED), 0);
  CHECK_ERRNO(madvise(memory, kPage, 12345), EINVAL);
  munmap(memory, 4 * kPage);
}

// Images of programs with more zeros than the rest of the file had bytes were refused once.
CASE(static_memory_is_zero_and_writable) {
  static unsigned char zeros[8 << 20];
  for (size_t i = 0; i < sizeof zeros; i += 1000) CHECK_EQ(zeros[i], 0);
  memset(zeros, 7, sizeof zeros);
  CHECK_EQ(zeros[sizeof zeros - 1], 7);
}

CASE(syncing_memory_checks_that_it_is_mapped) {
  char* memory = map(2 * kPage);
  CHECK_EQ(msync(memory, 2 * kPage, MS_SYNC), 0);
  CHECK_EQ(msync(memory, kPage, MS_ASYNC | MS_INVALIDATE), 0);
  CHECK_ERRNO(msync(memory + 1, kPage, MS_SYNC), EINVAL);
  CHECK_ERRNO(msync(memory, kPage, MS_SYNC | MS_ASYNC), EINVAL);
  munmap(memory + kPage, kPage);
  CHECK_ERRNO(msync(memory, 2 * kPage, MS_SYNC), ENOMEM);
  CHECK_ERRNO(msync(memory, SIZE_MAX - kPage, MS_SYNC), ENOMEM);
  munmap(memory, kPage);
}

CASE(the_break_moves_both_ways) {
  const auto start = static_cast<uintptr_t>(syscall(SYS_brk, 0));
  CHECK(start != 0);
  const uintptr_t page = (start + kPage - 1) / kPage * kPage;
  CHECK_EQ(static_cast<uintptr_t>(syscall(SYS_brk, page + 3 * kPage)), page + 3 * kPage);
  auto* memory = reinterpret_cast<char*>(page);
  CHECK_EQ(memory[2 * kPage], 0);
  memory[2 * kPage] = 7;
  CHECK_EQ(static_cast<uintptr_t>(syscall(SYS_brk, start)), start);
  CHECK_EQ(static_cast<uintptr_t>(syscall(SYS_brk, 1)), start);
}

CASE(threads_see_each_others_mappings_change) {
  for (int round = 0; round < 50; ++round) {
    char* memory = map(16 * kPage);
    memset(memory, round + 1, 16 * kPage);
    CHECK_EQ(memory[16 * kPage - 1], static_cast<char>(round + 1));
    munmap(memory, 16 * kPage);
  }
}
