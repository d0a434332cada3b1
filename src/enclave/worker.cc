#include "enclave/worker.h"

#include <algorithm>
#include <new>
#include <utility>

#include "calls/serve_pool.h"

namespace strongroom::enclave {

using calls::LaneMessage;

// As calls::wait_for_turn() wants it.
struct Worker::Sleeper {
  const Calls& calls;
  bool in_call;                             // then the enclave does not stop before its end
  calls::Attendance* attendance = nullptr;  // as calls::CallerSleeps wants it
  void wake(std::atomic<uint32_t>& word) const { calls.wait(&word, nullptr, 0); }
  [[nodiscard]] bool sleep(std::atomic<uint32_t>& word, uint32_t expected, bool must_wake) const {
    const bool leave = !in_call && calls.stopping();
    const calls::CallerSleeps sleeps(attendance);
    if (must_wake || !leave) calls.wait(must_wake ? &word : nullptr, leave ? nullptr : &word, expected);
    return !leave;
  }
  [[nodiscard]] bool give_up() const {
    return calls::worker_comes(calls.area.header().ecall_bell) && calls.spinning.full();
  }
};

calls::Attendance* Worker::calls_by() const {
  const uint32_t index = calls_.area.index_of(*lane_);
  return index >= calls::kOcallLanes ? &calls_.area.attendance(index) : nullptr;
}

void Worker::serve() {
  Calls& calls = calls_;
  calls::Lane& lane = *lane_;
  bool must_wake = false;
  while (calls::wait_for_turn<calls::kEnclave>(lane, spinner_, calls.spinning, must_wake,
                                               Sleeper{calls, false})) {
    const calls::Message message = calls::message_of(lane);
    // A host that answers where nobody asked is answered all the same, so that its thread goes on.
    if (message.kind == LaneMessage::kCall) [[likely]]
      run_in(outermost_, nullptr, lane, message.offset);
    must_wake = calls::answer(lane, calls::kHost);
  }
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
  const bool answered = listen(false);
  lane_ = outer;
  return answered;
}

// The host answers, or its function calls in again first.
bool Worker::listen(bool must_wake) {
  for (bool came = !must_wake && calls::is_turn_of(*lane_, calls::kEnclave);
       came || calls::wait_for_turn<calls::kEnclave>(*lane_, spinner_, calls_.spinning, must_wake,
                                                     Sleeper{calls_, true, calls_by()});
       came = false) {
    const calls::Message message = calls::message_of(*lane_);
    if (message.kind == LaneMessage::kReturn) [[likely]]
      return true;
    if (message.kind != LaneMessage::kCall) break;
    run(message.offset);
    must_wake = calls::answer(*lane_, calls::kHost);
  }
  failure_ = {ErrorCode::kMalformed, "the host broke the protocol of calls"};
  return false;
}

}  // namespace strongroom::enclave
