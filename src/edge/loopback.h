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

  Loan acquire(const CallInfo& /*info*/, size_t size) override {
    const size_t rounded = (size + 63) / 64 * 64;
    if (dead || rounded < size || rounded > memory_.size() - used_) return {};
    used_ += rounded;
    return {memory_.data() + used_ - rounded, static_cast<uint32_t>(size)};
  }
  void release(Loan loan) noexcept override { used_ = static_cast<size_t>(loan.data - memory_.data()); }
  bool call(const CallInfo& info, Loan loan, size_t request_size, size_t /*named*/) override {
    last_switchless = info.switchless;
    if (before) before(loan.memory(), request_size);
    serve(loan.memory(), request_size);
    if (after) after(loan.memory());
    return true;
  }
  Error failure() override {
    if (dead) return {ErrorCode::kUnavailable, "the enclave has ended: killed by a test"};
    return {ErrorCode::kResourceExhausted, "the exchange has no room for this call"};
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
