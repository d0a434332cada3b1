// A thread of the enclave that serves the calls of one lane, and makes the ocalls of the functions that it
// runs.
#pragma once

#include <memory>
#include <optional>

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
  // False: the enclave is to stop, and no call is under way.
  bool wait(bool must_wake);
  // Private memory of one call's arguments, and that of the calls that are nested in it.
  struct Block {
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0;
    std::unique_ptr<Block> inner;
  };
  // Serves the call that has come by the lane.
  void run(uint32_t offset);
  // Makes the block of this depth so large. False: that cannot be, and is the answer.
  bool make_room(size_t size, std::span<uint8_t> answer);
  bool answer() { return calls::answer(*lane_, calls::kHost); }
  bool listen(bool must_wake);
  // As call(); nothing where no worker of the application took the call.
  std::optional<bool> call_switchless(const calls::Request& request, uint32_t place);

  Calls& calls_;
  calls::Lane* lane_;  // of the innermost call under way
  calls::Spinner spinner_{calls::kSpinCycles};
  calls::Offers offers_;
  uint32_t depth_ = 0;
  // Of the next call. An outer call keeps its block while inner ones add theirs.
  std::unique_ptr<Block> outermost_;
  std::unique_ptr<Block>* block_ = &outermost_;
  Error failure_;
};

}  // namespace strongroom::enclave
