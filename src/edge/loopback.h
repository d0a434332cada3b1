// A boundary within one process, for tests: host and enclave run in the same program, and shared memory is
// ordinary memory. It protects nothing; what generated code does at the boundary is all real.
#pragma once

#include <functional>
#include <vector>

#include "strongroom/edge.h"

namespace strongroom::edge {

// Hands each request to `serve`. For one thread at a time.
class Loopback : public CallTransport {
 public:
  using Serve = std::function<void(std::span<uint8_t> memory, size_t request_size)>;

  explicit Loopback(size_t size = size_t{8} << 20) : memory_(size) {}

  Serve serve;
  // What a hostile side does with the shared memory when the request stands in it, and when the response
  // does.
  std::function<void(std::span<uint8_t> memory, size_t& request_size)> before;
  std::function<void(std::span<uint8_t> memory)> after;
  // The side that serves is gone.
  bool dead = false;

  Result<std::span<uint8_t>> acquire(const CallInfo& /*info*/, size_t size) override {
    if (dead) return fail(ErrorCode::kUnavailable, "the enclave has ended: killed by a test");
    const size_t rounded = (size + 63) / 64 * 64;
    if (rounded < size || rounded > memory_.size() - used_)
      return fail(ErrorCode::kResourceExhausted, "the exchange has no room for this call");
    used_ += rounded;
    return std::span(memory_).subspan(used_ - rounded, size);
  }
  void release(std::span<uint8_t> memory) noexcept override {
    used_ = static_cast<size_t>(memory.data() - memory_.data());
  }
  Result<void> call(const CallInfo& info, std::span<uint8_t> memory, size_t request_size,
                    size_t /*named*/) override {
    last_switchless = info.switchless;
    if (before) before(memory, request_size);
    serve(memory, request_size);
    if (after) after(memory);
    return {};
  }

  [[nodiscard]] std::span<const uint8_t> nameable() const override { return nameable_memory; }
  [[nodiscard]] std::span<const uint8_t> nameable_by_other() const override { return nameable_memory; }
  // Memory that both sides see, beside that of the requests.
  std::span<const uint8_t> nameable_memory;

  [[nodiscard]] size_t used() const { return used_; }
  bool last_switchless = false;

 private:
  std::vector<uint8_t> memory_;
  size_t used_ = 0;
};

}  // namespace strongroom::edge
