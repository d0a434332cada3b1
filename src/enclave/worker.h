// A thread of the enclave that serves the calls of one lane, and makes the ocalls of the functions that it
// runs.
#pragma once

#include <memory>
#include <optional>

#include "calls/frame.h"
#include "calls/heap.h"
#include "calls/message.h"
#include "calls/pool.h"
#include "strongroom/edge/serve.h"
#include "strongroom/enclave/serve.h"

namespace strongroom::enclave {

// Wakes and sleeps on words of the call area, as arch::OwnCall::kCallWait says. Addresses may be null.
using WaitOnWord = void (*)(std::atomic<uint32_t>* wake, std::atomic<uint32_t>* wait, uint32_t expected);

// What the workers of an enclave share.
struct Calls {
  // `processors`: that the enclave's threads run on, as the host says.
  Calls(std::span<uint8_t> memory, ServeEcall the_ecalls, uint32_t the_deepest, uint32_t processors,
        WaitOnWord the_wait)
      : area(memory),
        heap(area.enclave_heap()),
        spinning(processors),
        ecalls(the_ecalls),
        deepest(the_deepest),
        wait(the_wait) {}
  calls::Area area;
  calls::Heap heap;
  calls::LanePool pool;
  calls::SpinBudget spinning;
  ServeEcall ecalls;
  uint32_t deepest;
  WaitOnWord wait;

  [[nodiscard]] bool stopping() const { return area.header().stopping.load(std::memory_order_acquire) != 0; }
};

// For one thread. What the host writes is copied once and checked; the worst that it gets is a call that
// fails or never ends.
class Worker : public edge::CallTransport {
 public:
  Worker(Calls& calls, uint32_t lane) : calls_(calls), lane_(&calls.area.lane(lane)) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Serves the lane until the host asks the enclave to stop.
  void serve();
  // The same for all switchless ecalls.
  void serve_switchless();

  edge::Loan acquire(const edge::CallInfo& info, size_t size) override;
  void release(edge::Loan loan) noexcept override;
  bool call(const edge::CallInfo& info, edge::Loan loan, size_t request_size, size_t named) override;
  Error failure() override { return failure_; }
  [[nodiscard]] std::span<const uint8_t> nameable_by_other() const override {
    return calls_.area.host_heap();
  }

 private:
  struct Sleeper;
  // Of the lane, where this side calls by it, and a worker of the other side answers.
  [[nodiscard]] calls::Attendance* calls_by() const;
  // Serves the call that has come by the lane.
  void run(uint32_t offset);
  void run_in(std::unique_ptr<calls::Frame>& frame, calls::Frame* outer, calls::Lane& lane, uint32_t offset);
  // Makes the frame of the next call, which is `frame`, so large. False: that cannot be, and is the answer.
  bool make_room(std::unique_ptr<calls::Frame>& frame, size_t size, std::span<uint8_t> answer);
  bool listen(bool must_wake);
  // As call(); nothing where no worker of the application took the call.
  std::optional<bool> call_switchless(const calls::Request& request, uint32_t place);
  std::optional<bool> call_switchless_by(uint32_t place, const calls::Request& request);

  Calls& calls_;
  calls::Lane* lane_;  // of the innermost call under way
  calls::Spinner spinner_{calls::kSpinCycles};
  calls::Offers offers_;
  // Of the outermost call; each keeps the one of the call that is nested in it.
  std::unique_ptr<calls::Frame> outermost_;
  calls::Frame* running_ = nullptr;  // of the innermost call under way
  Error failure_;
};

}  // namespace strongroom::enclave
