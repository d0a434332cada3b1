#include "enclave/worker.h"

#include <algorithm>
#include <new>
#include <utility>

namespace strongroom::enclave {

using calls::LaneMessage;

// As calls::wait_for_turn() wants it.
struct Worker::Sleeper {
  const Worker& worker;
  void wake(std::atomic<uint32_t>& word) const { worker.calls_.wait(&word, nullptr, 0); }
  [[nodiscard]] bool sleep(std::atomic<uint32_t>& word, uint32_t expected, bool must_wake) const {
    const Calls& calls = worker.calls_;
    const bool leave = worker.depth_ == 0 && calls.stopping();
    if (must_wake || !leave) calls.wait(must_wake ? &word : nullptr, leave ? nullptr : &word, expected);
    return !leave;
  }
  [[nodiscard]] bool give_up() const {
    const Calls& calls = worker.calls_;
    return calls.spinning.full() && calls::worker_comes(calls.area.header().ecall_bell);
  }
};

bool Worker::wait(bool must_wake) {
  return calls::wait_for_turn(*lane_, calls::kEnclave, spinner_, calls_.spinning, must_wake, Sleeper{*this});
}

void Worker::serve() {
  bool must_wake = false;
  while (wait(must_wake)) {
    // A host that answers where nobody asked is answered all the same, so that its thread goes on.
    if (calls::message_of(*lane_) == LaneMessage::kCall) run();
    must_wake = answer();
  }
}

void Worker::run() {
  constexpr size_t kKeptForGood = size_t{8} << 20;
  const calls::Arrived request = calls::arrived(calls_.area, *lane_);
  const size_t needed = request.arena_size();
  const bool has_room = depth_ < arenas_.size() && arenas_[depth_].size() >= needed;
  if (!has_room && !make_room(needed, request.memory)) return;
  edge::Arena arena(arenas_[depth_]);
  ++depth_;
  calls_.ecalls(*this, request.memory, request.request_size, arena);
  --depth_;
  if (arenas_[depth_].size() > kKeptForGood) arenas_[depth_] = {};
}

bool Worker::make_room(size_t size, std::span<uint8_t> answer) {
  if (depth_ >= calls_.deepest) {
    edge::refuse_call(answer, ErrorCode::kResourceExhausted,
                      "the calls into the enclave nest too deep (ServeOptions::deepest)");
    return false;
  }
  try {
    if (depth_ == arenas_.size()) arenas_.emplace_back();
    arenas_[depth_] = std::vector<uint8_t>(size);
    return true;
  } catch (const std::bad_alloc&) {
    edge::refuse_call(answer, ErrorCode::kResourceExhausted,
                      "the enclave has no memory for the arguments; raise heap_size in its manifest");
    return false;
  }
}

Result<std::span<uint8_t>> Worker::acquire(const edge::CallInfo& info, size_t size) {
  if (size <= sizeof lane_->bytes) {
    if (info.switchless && offers_.pay() && calls::somebody_looks(calls_.area.header().ocall_bell))
      if (const auto index = calls_.pool.claim())
        return std::span(calls_.area.lane(calls::kOcallLanes + *index).bytes);
    return std::span(lane_->bytes);
  }
  const std::span<uint8_t> memory = calls_.heap.take(size);
  if (memory.empty())
    return fail(ErrorCode::kResourceExhausted, "the call area has no room for " + std::to_string(size) +
                                                   " bytes; the host must launch with a larger call area");
  return memory;
}

void Worker::release(std::span<uint8_t> memory) noexcept {
  if (!calls_.area.lane_of(memory)) return calls_.heap.give(memory);
  if (const auto index = claimed_lane(memory)) calls_.pool.release(*index);
}

std::optional<uint32_t> Worker::claimed_lane(std::span<const uint8_t> memory) const {
  const auto lane = calls_.area.lane_of(memory);
  // The lane that this worker serves belongs to the call that came by it.
  if (!lane || *lane < calls::kOcallLanes || &calls_.area.lane(*lane) == lane_) return std::nullopt;
  return *lane - calls::kOcallLanes;
}

void Worker::serve_switchless() {
  calls::Bell& bell = calls_.area.header().ecall_bell;
  calls::serve_pool(
      calls_.area, calls::kEcallLanes, calls::kEnclave, bell, calls_.spinning,
      [this](calls::Lane& lane) {
        lane_ = &lane;
        if (calls::message_of(*lane_) == LaneMessage::kCall) run();
        if (answer()) calls_.wait(&lane.turn, nullptr, 0);
      },
      [this] { return calls_.stopping(); },
      [this](std::atomic<uint32_t>& word, uint32_t expected) { calls_.wait(nullptr, &word, expected); });
}

Result<void> Worker::call(const edge::CallInfo& info, std::span<uint8_t> memory, size_t request_size,
                          size_t named) {
  const calls::Request request{memory, request_size, named};
  if (info.switchless)
    if (auto answered = call_switchless(request)) return *std::move(answered);
  calls::fill(calls_.area, *lane_, request);
  return listen(calls::hand_over(*lane_, calls::kHost));
}

// Nothing where no worker of the application took the call.
std::optional<Result<void>> Worker::call_switchless(const calls::Request& request) {
  calls::Bell& bell = calls_.area.header().ocall_bell;
  if (!calls::somebody_looks(bell)) {
    if (calls::ring(bell)) calls_.wait(&bell.word, nullptr, 0);
    return std::nullopt;
  }
  if (!offers_.pay()) return std::nullopt;
  const auto claimed = claimed_lane(request.memory);
  const auto index = claimed ? claimed : calls_.pool.claim();
  if (!index) return std::nullopt;
  // Calls that come in while the ocall runs come by its lane.
  calls::Lane* const outer = std::exchange(lane_, &calls_.area.lane(calls::kOcallLanes + *index));
  calls::fill(calls_.area, *lane_, request);
  std::optional<Result<void>> result;
  if (offers_.offer(*lane_, calls::kHost, calls_.spinning)) result = listen(false);
  lane_ = outer;
  if (!claimed) calls_.pool.release(*index);
  return result;
}

// The host answers, or its function calls in again first.
Result<void> Worker::listen(bool must_wake) {
  while (wait(must_wake)) {
    const LaneMessage message = calls::message_of(*lane_);
    if (message == LaneMessage::kReturn) return {};
    if (message != LaneMessage::kCall) break;
    run();
    must_wake = answer();
  }
  return fail(ErrorCode::kMalformed, "the host broke the protocol of calls");
}

}  // namespace strongroom::enclave
