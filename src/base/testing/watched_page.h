// A page on which a test sees in what units code reads and writes: each access is seen by its fault, and let
// through by single-stepping it.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdlib>
#include <vector>

namespace strongroom::testing {

inline constexpr size_t kWatchedPage = 4096;

// A page with a guard behind it, and the offsets in it at which it was accessed.
struct Watched {
  uint8_t* page = nullptr;
  std::vector<size_t> accesses;
};
inline Watched watched;

inline void protect_watched(int protection) {
  if (mprotect(watched.page, kWatchedPage, protection) != 0) std::abort();
}

inline void watched_fault(int, siginfo_t* info, void* context) {
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr),
             page = reinterpret_cast<uintptr_t>(watched.page);
  if (address < page || address >= page + kWatchedPage) {
    signal(SIGSEGV, SIG_DFL);
    return;
  }
  watched.accesses.push_back(address - page);
  protect_watched(PROT_READ | PROT_WRITE);
  constexpr greg_t kTrapFlag = 0x100;
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] |= kTrapFlag;
}

inline void watched_step(int, siginfo_t*, void* context) {
  protect_watched(PROT_NONE);
  constexpr greg_t kTrapFlag = 0x100;
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~kTrapFlag;
}

// For one test at a time.
class WatchedPage : public ::testing::Test {
 protected:
  WatchedPage() {
    void* const memory = mmap(nullptr, 2 * kWatchedPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    watched = {static_cast<uint8_t*>(memory), {}};
    watched.accesses.reserve(kWatchedPage);
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = watched_fault;
    sigaction(SIGSEGV, &action, &old_fault_);
    action.sa_sigaction = watched_step;
    sigaction(SIGTRAP, &action, &old_step_);
  }
  ~WatchedPage() override {
    sigaction(SIGSEGV, &old_fault_, nullptr);
    sigaction(SIGTRAP, &old_step_, nullptr);
    munmap(watched.page, 2 * kWatchedPage);
  }
  // Lets the test itself fill or read the page.
  template <typename Use>
  void look(Use use) {
    protect_watched(PROT_READ | PROT_WRITE);
    use();
    protect_watched(PROT_NONE);
  }
  // One access of a word each, in order, and no other.
  static std::vector<size_t> words(size_t offset, size_t size) {
    std::vector<size_t> out;
    for (size_t at = offset; at < offset + size; at += 8) out.push_back(at);
    return out;
  }

  struct sigaction old_fault_ {};
  struct sigaction old_step_ {};
};

}  // namespace strongroom::testing
