// A thread of the enclave that serves the calls of one lane, and makes the ocalls of the functions that it
// runs.
#pragma once

#include <memory>
#include <optional>

#include "calls/frame.h"
#include "calls/heap.h"
#include "calls/message.h"
#include "calls/pool.h"
#include "enclave/posts.h"
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
        posts(area),
        spinning(processors),
        ecalls(the_ecalls),
        deepest(the_deepest),
        wait(the_wait) {}
  calls::Area area;
  calls::Heap heap;
  calls::LanePool pool;
  Posts posts;
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
  // `index`: its own among the workers; its first lane has the same.
  Worker(Calls& calls, uint32_t index)
      : calls_(calls),
        index_(index),
        seat_(calls.area.seat(index)),
        asleep_(calls::asleep_on(index)),
        asleep_at_(calls.posts.asleep_at(index)),
        post_(index),
        lane_(&calls.area.lane(index)) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Serves its lane, or others, until the host asks the enclave to stop.
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
  struct InCall;
  struct Idle;
  void sleep_on_seat(std::atomic<uint32_t>* wake);
  // Serves its lane, until it leaves (true) or stops.
  bool serve_at(calls::Lane& lane);
  void goes_to(uint32_t lane);
  // Whether it is at that lane now, where a call has come.
  bool attends(uint32_t lane);
  // Serves the call that has come by the lane.
  void run(uint32_t offset);
  void run_in(std::unique_ptr<calls::Frame>& frame, calls::Frame* outer, calls::Lane& lane, uint32_t offset);
  // Makes the frame of the next call, which is `frame`, so large. False: that cannot be, and is the answer.
  bool make_room(std::unique_ptr<calls::Frame>& frame, size_t size, std::span<uint8_t> answer);
  bool listen(calls::Asleep caller);
  // As call(); nothing where no worker of the application took the call.
  std::optional<bool> call_switchless(const calls::Request& request, uint32_t place);
  std::optional<bool> call_switchless_by(uint32_t place, const calls::Request& request);

  Calls& calls_;
  const uint32_t index_;
  calls::Seat& seat_;
  const calls::Asleep asleep_;  // on its seat
  std::atomic<uint32_t>& asleep_at_;
  uint32_t rung_ = 0;   // its seat's word, as last seen
  uint32_t post_;       // where it waits for calls
  bool looks_ = false;  // at what is unattended, and has said so
  calls::Lane* lane_;   // of the innermost call under way
  calls::Spinner spinner_{calls::kSpinCycles};
  calls::Offers offers_;
  // Of the outermost call; each keeps the one of the call that is nested in it.
  std::unique_ptr<calls::Frame> outermost_;
  calls::Frame* running_ = nullptr;  // of the innermost call under way
  Error failure_;
};

}  // namespace strongroom::enclave
