// An enclave that goes step by step (emulator/sgx/preload/stepping.h) and is interrupted where a test wants
// it, as by a host with a timer.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sgx_host.h"

namespace strongroom::tee_test {

enum class Where { kNowhere, kEntryCode, kKernel };

// What the functions that the emulator calls decide by, and what they have seen. One enclave at a time.
struct Steps {
  static constexpr uint64_t kRoom = 4096;  // of the entry code

  uint64_t base = 0, kernel_end = 0, enter_function = 0;
  uint64_t entry_begin = 0, entry_end = 0;  // offsets in the enclave
  Where where = Where::kNowhere;
  bool claims = false;                     // the host reports exceptions that did not happen
  bool (*inside)(uint64_t rip) = nullptr;  // decides in place of `where`
  uint64_t only = 0;                       // this instruction alone; 0: all
  std::vector<uint64_t> rounds;            // `only` for each letter; empty: all
  std::atomic<bool> interrupted[kRoom], claimed_at[kRoom];
  std::atomic<uint64_t> steps, interruptions, claimed;
  std::atomic<const char*> wrong;
};
extern Steps steps;

// Makes ready what steps need, and forgets what was seen.
void prepare_steps(uint64_t entry_begin, uint64_t entry_end);

// For Steps::inside that returns true: the host claims an exception there, and has to be refused.
void claim_now();

struct Ran {
  tee::EnclaveEnd end;
  std::string output;
  std::vector<std::array<uint64_t, 3>> calls;  // host calls of slot 0
  std::vector<uint64_t> crossings;             // ways in and out from each letter to the line that follows
};
// guest/hygiene.cc does what the letters ask for; from each letter to the line that follows it goes by steps.
Ran run_by_steps(const std::string& letters, Where where, bool claims = false);

}  // namespace strongroom::tee_test
