// Both sides of testdata/run/calls.edl in one process.
#pragma once

#include <memory>
#include <string>

#include "calls_enclave.h"
#include "calls_host.h"
#include "edge/loopback.h"

namespace strongroom::edge {

class TestHost : public calls::HostFunctions {
 public:
  explicit TestHost(calls::Enclave& enclave) : enclave_(enclave) {}

  void note(std::string_view text) override { noted = text; }
  int callback(int depth) override;
  int host_errno(int value) override;
  void give(std::span<uint8_t> bytes, bool& flag) override;
  void throws(std::string_view text) override;
  void exchange(std::span<calls::Buffer> buffers) override;
  void reenter() override;
  void take(const calls::Point& point) override { taken = point; }

  std::string noted;
  std::string reentry_error;
  calls::Point taken{};

 private:
  calls::Enclave& enclave_;
};

struct TwoSides {
  TwoSides() {
    to_enclave.serve = [this](std::span<uint8_t> memory, size_t request_size) {
      ServerCall call{memory, request_size, enclave_arena, &to_host};
      calls::serve(call);
    };
    to_host.serve = [this](std::span<uint8_t> memory, size_t request_size) {
      ServerCall call{memory, request_size, host_arena};
      calls::serve(host, call);
    };
  }

  static constexpr size_t kArenaSize = size_t{4} << 20;
  std::vector<uint8_t> enclave_memory = std::vector<uint8_t>(kArenaSize, 0xee);
  std::vector<uint8_t> host_memory = std::vector<uint8_t>(kArenaSize, 0xdd);
  Arena enclave_arena{enclave_memory};
  Arena host_arena{host_memory};
  Loopback to_enclave;
  Loopback to_host;
  calls::Enclave enclave{to_enclave};
  TestHost host{enclave};
};

// What the enclave's functions leave for a test to look at, on the thread that ran them.
struct EnclaveObservations {
  calls::Point point{};
  uint64_t gathered = 0;
  std::string host_error;
  uint32_t handle = 0;
  std::vector<int> keywords;
  bool null_text = false;
  bool switchless_ran = false;
  int entered = 0;  // calls of functions that a hostile host must not reach
};
EnclaveObservations& observed();

}  // namespace strongroom::edge
