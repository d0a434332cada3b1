// A host of SGX enclaves in the hand of a test: it serves them as it should, and enters them otherwise than
// agreed (kernel/port/sgx_layout.h) where the test says so. For programs that run under the emulator.
#pragma once

#include <asm/sgx.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "tee/hosted_threads.h"
#include "tee/launch.h"
#include "tee/sgx/driver.h"
#include "tee/sgx/runner.h"

namespace strongroom::tee_test {

inline constexpr uint32_t kEnter = 2, kResume = 3, kExit = 4;                     // arch::Enclu
inline constexpr uint64_t kCall = 1, kResumeWanted = 2, kRefused = 3, kWait = 4;  // kernel::SgxExit
inline constexpr uint64_t kInvalidOpcode = 6, kGeneralProtection = 13, kPageFault = 14;

// Known to sgx_cross.S.
struct alignas(64) Crossing {
  uint64_t function, leaf;
  sgx_enclave_run* run;
  uint64_t flags, rdi, rsi, rdx, others[8];  // R8 to R15
  uint64_t padding;
  uint64_t left_flags, left_rdi, left_rsi, left_rdx, left_others[8], left_result;
  uint64_t more_padding[3];
  uint8_t extended[2752], left_extended[2752];  // as XSAVE has them
};
static_assert(offsetof(Crossing, left_flags) == 128 && offsetof(Crossing, left_result) == 224);
static_assert(offsetof(Crossing, extended) == 256);

struct Entry {
  uint32_t leaf = kEnter;
  uint64_t tcs = 0;
  uint64_t rdi = 0, rsi = 0, rdx = 0;
};
// How the processor came back: by EEXIT with a code, or by an exception at the leaf.
struct Left {
  uint32_t function = 0;
  uint64_t code = 0;
  uint64_t vector = 0;
  bool operator==(const Left&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Left& left);
constexpr Left exited(uint64_t code) {
  return {kExit, code, 0};
}
constexpr Left faulted(uint32_t leaf, uint64_t vector) {
  return {leaf, 0, vector};
}

// Before the next honest entry the host tries another one, which has to end so.
struct Attempt {
  Entry entry;
  Left expected;
};

class SgxHost : public tee::HostedThreads {
 public:
  SgxHost(const std::filesystem::path& program, std::vector<std::string> arguments, int input, int output);
  ~SgxHost() override;
  SgxHost(const SgxHost&) = delete;
  SgxHost& operator=(const SgxHost&) = delete;

  // Runs the thread of slot 0, to its end or to what an honest host does not know what to do about; then the
  // other threads have ended, too.
  Left run();
  [[nodiscard]] tee::EnclaveEnd end() { return services().end(); }

  [[nodiscard]] const arch::ImageHeader& header() const { return image_.view.header(); }
  [[nodiscard]] uint64_t base() const { return base_; }
  [[nodiscard]] uint64_t tcs(uint32_t slot) const;
  [[nodiscard]] uint64_t enter_function() const { return enter_; }
  [[nodiscard]] Entry start() const;
  [[nodiscard]] uint32_t last_call() const { return exchanges_[0].call; }

  // Every entry of the host comes with garbage in all registers, from now on.
  void bring_garbage() { garbage_ = true; }
  void bring_flags(uint64_t flags) { more_flags_ = flags; }
  // The next calls get no answer; then the host gives up.
  void leave_unanswered(uint32_t calls) { unanswered_ = calls; }

  int64_t start_thread(uint32_t slot) override;
  int64_t change_pages(uint64_t change, uint64_t offset, uint64_t size, uint64_t permissions) override;

 protected:
  // For tests; called on the thread of the slot.
  virtual std::vector<Attempt> before_entry(uint32_t /*slot*/, const Entry& /*honest*/) { return {}; }
  virtual void before_call(uint32_t /*slot*/, const kernel::Exchange& /*exchange*/) {}
  virtual void after_call(uint32_t /*slot*/, uint32_t /*call*/) {}
  // Waits for the threads of other slots. Before anything of the class above goes.
  void join();

 private:
  struct Prepared;
  SgxHost(Prepared prepared, std::vector<std::string> arguments, int input, int output);
  Left drive(uint32_t slot);
  void fill(Crossing& crossing, const Entry& entry, sgx_enclave_run& run) const;
  std::optional<Entry> go_on(uint32_t slot, const Left& left, bool& in_exception);

  // A wait says in registers where words of the call area are, and what is expected of one.
  void expect_words(const Crossing& crossing) const;

  tee::PreparedImage image_;
  tee::sgx::SharedMemory memory_;
  uint64_t base_ = 0, enter_ = 0;
  std::optional<tee::sgx::EnclaveDevice> device_;
  kernel::Exchange* exchanges_ = nullptr;
  bool garbage_ = false;
  uint64_t more_flags_ = 0;
  uint32_t unanswered_ = 0;
  std::mutex mutex_;  // guards threads_
  std::vector<std::thread> threads_;
};

}  // namespace strongroom::tee_test
