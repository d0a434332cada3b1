#include "enclave/worker.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include "calls/serve_pool.h"

namespace strongroom::enclave {

using calls::LaneMessage;

// As calls::wait_for_turn() wants it.
struct Worker::Sleeper {
  Worker& worker;
  calls::Lane& lane;
  void wake() const { worker.calls_.wait(&lane.turn, nullptr, 0); }
  [[nodiscard]] bool give_up() const {
    const Calls& calls = worker.calls_;
    return calls::worker_comes(calls.area.header().ecall_bell) && calls.spinning.full();
  }
};

// In a call, whose end comes before that of the enclave.
struct Worker::InCall : Sleeper {
  InCall(Worker& the_worker, calls::Lane& the_lane)
      : Sleeper{the_worker, the_lane}, place(worker.calls_.area.index_of(lane)) {}
  uint32_t place;
  [[nodiscard]] calls::Asleep asleep() const {
    return place < calls::kEcallLanes ? worker.asleep_ : calls::Asleep{calls::kSleeping};
  }
  [[nodiscard]] bool sleep(uint32_t turn, calls::Asleep caller) const {
    const Calls& calls = worker.calls_;
    std::atomic<uint32_t>* const wake = caller != 0 ? &lane.turn : nullptr;
    if (place < calls::kEcallLanes) {
      worker.sleep_on_seat(wake);
    } else if (place < calls::kOcallLanes) {
      calls.wait(wake, &lane.turn, turn);
    } else {
      const calls::CallerSleeps sleeps(calls.area.attendance(place));
      calls.wait(wake, &lane.turn, turn);
    }
    return true;
  }
  [[nodiscard]] static constexpr bool goes_elsewhere() { return false; }
  [[nodiscard]] static constexpr bool went_elsewhere() { return false; }
};

// Waiting for a call.
struct Worker::Idle : Sleeper {
  [[nodiscard]] calls::Asleep asleep() const { return worker.asleep_; }
  [[nodiscard]] bool sleep(uint32_t, calls::Asleep caller) const {
    std::atomic<uint32_t>* const wake = caller != 0 ? &lane.turn : nullptr;
    // Each time, for what was rung for once may have been taken for a call at another lane.
    if (worker.calls_.stopping()) {
      if (wake != nullptr) worker.calls_.wait(wake, nullptr, 0);
      return false;
    }
    std::atomic<uint32_t>& asleep_at = worker.asleep_at_;
    asleep_at.store(worker.post_, std::memory_order_release);
    worker.sleep_on_seat(wake);
    const uint32_t now = asleep_at.exchange(Posts::kAwake, std::memory_order_acq_rel);
    if (now == worker.post_) [[likely]]
      return true;
    worker.goes_to(now);
    return false;
  }
  [[nodiscard]] bool goes_elsewhere() const {
    calls::Unattended& unattended = worker.calls_.area.header().unattended;
    if (!worker.looks_) unattended.looks.store(1, std::memory_order_relaxed);
    worker.looks_ = true;
    const uint64_t lanes = unattended.lanes.load(std::memory_order_relaxed);
    return lanes != 0 && worker.attends(static_cast<uint32_t>(std::countr_zero(lanes)));
  }
  [[nodiscard]] bool went_elsewhere() const {
    if (worker.looks_) worker.calls_.area.header().unattended.looks.store(0, std::memory_order_relaxed);
    worker.looks_ = false;
    return worker.lane_ != &lane;
  }
};

inline void Worker::sleep_on_seat(std::atomic<uint32_t>* wake) {
  std::atomic<uint32_t>& word = seat_.word;
  // As it was before the worker said that it sleeps; else it could miss who wakes it.
  calls_.wait(wake, &word, rung_);
  rung_ = word.load(std::memory_order_acquire);
}

void Worker::goes_to(uint32_t lane) {
  post_ = lane;
  lane_ = &calls_.area.lane(lane);
}

bool Worker::attends(uint32_t lane) {
  if (!calls_.posts.change_places(index_, post_, lane)) return false;
  calls_.area.header().unattended.lanes.fetch_and(~(uint64_t{1} << lane), std::memory_order_relaxed);
  goes_to(lane);
  return true;
}

void Worker::serve() {
  while (serve_at(*lane_)) {
  }
}

inline bool Worker::serve_at(calls::Lane& lane) {
  Calls& calls = calls_;
  calls::Asleep caller = 0;
  while (calls::wait_for_turn<calls::kEnclave>(lane, spinner_, calls.spinning, caller, Idle{{*this, lane}})) {
    const calls::Message message = calls::message_of(lane);
    // A host that answers where nobody asked is answered all the same, so that its thread goes on.
    if (message.kind == LaneMessage::kCall) [[likely]]
      run_in(outermost_, nullptr, lane, message.offset);
    caller = calls::answer(lane, calls::kHost);
  }
  return lane_ != &lane;
}

[[gnu::always_inline]] inline void Worker::run_in(std::unique_ptr<calls::Frame>& frame, calls::Frame* outer,
                                                  calls::Lane& lane, uint32_t offset) {
  constexpr size_t kKeptForGood = size_t{8} << 20;
  const calls::Arrived request = calls::arrived(calls_.area, lane, offset);
  const size_t needed = request.arena_size();
  if (frame == nullptr || frame->size < needed) [[unlikely]]
    if (!make_room(frame, needed, request.memory)) return;
  running_ = frame.get();
  running_->carry(request.memory, request.request_size);
  calls_.ecalls(running_->call);
  running_ = outer;
  if (frame->size > kKeptForGood) [[unlikely]]
    frame = nullptr;
}

void Worker::run(uint32_t offset) {
  run_in(running_ == nullptr ? outermost_ : running_->inner, running_, *lane_, offset);
}

bool Worker::make_room(std::unique_ptr<calls::Frame>& frame, size_t size, std::span<uint8_t> answer) {
  uint32_t depth = 0;
  for (const std::unique_ptr<calls::Frame>* outer = &outermost_; outer != &frame; outer = &(*outer)->inner)
    ++depth;
  if (depth >= calls_.deepest) {
    edge::refuse_call(answer, ErrorCode::kResourceExhausted,
                      "the calls into the enclave nest too deep (ServeOptions::deepest)");
    return false;
  }
  try {
    calls::Frame::make(frame, size, this);
    return true;
  } catch (const std::bad_alloc&) {
    edge::refuse_call(answer, ErrorCode::kResourceExhausted,
                      "the enclave has no memory for the arguments; raise heap_size in its manifest");
    return false;
  }
}

edge::Loan Worker::acquire(const edge::CallInfo& info, size_t size) {
  if (size <= sizeof lane_->bytes) {
    if (info.switchless && offers_.pay() && calls::somebody_looks(calls_.area.header().ocall_bell))
      if (const auto index = calls_.pool.claim()) {
        const uint32_t place = calls::kOcallLanes + *index;
        return {calls_.area.lane(place).bytes, sizeof lane_->bytes, place};
      }
    return {lane_->bytes, sizeof lane_->bytes, calls::kInOuterLane};
  }
  const std::span<uint8_t> memory = calls_.heap.take(size);
  if (memory.empty()) {
    failure_ = {ErrorCode::kResourceExhausted, "the call area has no room for " + std::to_string(size) +
                                                   " bytes; the host must launch with a larger call area"};
    return {};
  }
  return {memory.data(), static_cast<uint32_t>(memory.size()), calls::kInHeap};
}

void Worker::release(edge::Loan loan) noexcept {
  if (loan.place == calls::kInHeap) return calls_.heap.give(loan.memory());
  if (loan.place < calls::kLanes) calls_.pool.release(loan.place - calls::kOcallLanes);
}

void Worker::serve_switchless() {
  calls::Bell& bell = calls_.area.header().ecall_bell;
  calls::serve_pool(
      calls_.area, calls::kEcallLanes, calls::kEnclave, bell, calls_.spinning,
      [this](calls::Lane& lane) {
        lane_ = &lane;
        const calls::Message message = calls::message_of(*lane_);
        if (message.kind == LaneMessage::kCall) run(message.offset);
        const calls::Attendance& attendance = calls_.area.attendance(calls_.area.index_of(lane));
        if (calls::answer_offer(lane, attendance, calls::kHost)) calls_.wait(&lane.turn, nullptr, 0);
      },
      [this] { return calls_.stopping(); },
      [this](std::atomic<uint32_t>& word, uint32_t expected) { calls_.wait(nullptr, &word, expected); });
}

bool Worker::call(const edge::CallInfo& info, edge::Loan loan, size_t request_size, size_t named) {
  const calls::Request request{loan.memory(), request_size, named};
  if (info.switchless)
    if (const auto answered = call_switchless(request, loan.place)) return *answered;
  calls::fill(calls_.area, *lane_, request);
  return listen(calls::hand_over(*lane_, calls::kHost));
}

std::optional<bool> Worker::call_switchless(const calls::Request& request, uint32_t place) {
  if (place < calls::kLanes) return call_switchless_by(place, request);
  const auto index = offers_.pay() ? calls_.pool.claim() : std::nullopt;
  if (!index) return std::nullopt;
  const auto answered = call_switchless_by(calls::kOcallLanes + *index, request);
  calls_.pool.release(*index);
  return answered;
}

std::optional<bool> Worker::call_switchless_by(uint32_t place, const calls::Request& request) {
  calls::Lane& lane = calls_.area.lane(place);
  calls::fill(calls_.area, lane, request);
  if (calls::offer(lane, calls_.area.attendance(place), calls::kHost)) [[likely]] {
    offers_.taken();
    if (offers_.answered_soon(lane, calls::kHost) && calls::message_of(lane).kind == LaneMessage::kReturn)
        [[likely]]
      return true;
  } else {
    calls::Bell& bell = calls_.area.header().ocall_bell;
    const auto wake_workers = [&] { calls_.wait(&bell.word, nullptr, 0); };
    if (!offers_.wait_for_worker(lane, calls::kHost, bell, calls_.spinning, wake_workers))
      return std::nullopt;
  }
  // Calls that come in while the ocall runs come by its lane.
  calls::Lane* const outer = std::exchange(lane_, &lane);
  const bool answered = listen(0);
  lane_ = outer;
  return answered;
}

// The host answers, or its function calls in again first.
bool Worker::listen(calls::Asleep caller) {
  for (bool came = caller == 0 && calls::is_turn_of(*lane_, calls::kEnclave);
       came || calls::wait_for_turn<calls::kEnclave>(*lane_, spinner_, calls_.spinning, caller,
                                                     InCall(*this, *lane_));
       came = false) {
    const calls::Message message = calls::message_of(*lane_);
    if (message.kind == LaneMessage::kReturn) [[likely]]
      return true;
    if (message.kind != LaneMessage::kCall) break;
    run(message.offset);
    caller = calls::answer(*lane_, calls::kHost);
  }
  failure_ = {ErrorCode::kMalformed, "the host broke the protocol of calls"};
  return false;
}

}  // namespace strongroom::enclave
