// The enclave kernel's side of the exchange in an ordinary process, before a host that lies: every answer
// comes from a script of arbitrary bytes, and the host writes into the exchange also while the kernel copies
// out of it. Both ports are the real ones, down to the instruction that leaves the enclave.
//
// One thread, one enclave at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernel/host_interface.h"
#include "kernel/port/port.h"
#include "kernel/thread.h"

namespace strongroom::kernel::testing {

// Arbitrary bytes, read forward; zeros after the end.
class Script {
 public:
  explicit Script(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  uint8_t byte();
  uint64_t word();
  // One of the values that break things, or an arbitrary one.
  int64_t number();

 private:
  std::span<const uint8_t> bytes_;
};

// What the host saw of one call.
struct SeenCall {
  HostCall call;
  uint64_t arguments[4];
};

// Thrown out of the kernel where the enclave would have ended, or the program begun.
struct EnclaveAborted {
  AbortCause cause;
};
struct EnclaveExited {
  int32_t status;
};
struct ProgramStarted {
  uint64_t stack;
};

inline constexpr uint64_t kArenaSize = 1 << 20;

// An enclave of one thread with a small arena, entered by `kind`, and its host. Construct one at a time.
class LyingHost {
 public:
  LyingHost(port::Kind kind, Script script);
  ~LyingHost();
  LyingHost(const LyingHost&) = delete;
  LyingHost& operator=(const LyingHost&) = delete;

  Script script;
  // The host's next answers, before those of the script.
  std::vector<int64_t> answers;
  // Whether the host writes into the payload while the kernel copies out of it.
  bool interferes = true;
  // How many times it answers a call that ends the enclave.
  int refuses_to_end = 0;
  // The calls that it saw, oldest first.
  std::vector<SeenCall> calls;
  // Flags of the image's header (arch::ImageFlags), and its boot data.
  void set_image(uint32_t flags, std::span<const uint8_t> boot_data);

  [[nodiscard]] Exchange& exchange() const;
  // The program's memory.
  [[nodiscard]] std::span<uint8_t> arena() const;
  [[nodiscard]] Thread& thread() const;
  // A signal is pending for the thread from now on, so that what would sleep for ever returns.
  void interrupt();

  // Called by what stands in for the machine.
  void answer();
  void interfere();
  int64_t clock_value();
};

// The kernel's clocks start again at 0.
void reset_clocks();

// Drives the kernel's calls to the host as `script` says, and ends this process where one breaks a rule of
// the boundary.
void check_exchange(std::span<const uint8_t> script);
// Starts a program from the start block that `script` holds, and checks the stack that it gets.
void check_start_block(std::span<const uint8_t> script);

}  // namespace strongroom::kernel::testing
