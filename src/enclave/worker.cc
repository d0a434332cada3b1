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

inline bool Worker::wait(bool must_wake) {
  return calls::wait_for_turn<calls::kEnclave>(*lane_, spinner_, calls_.spinning, must_wake, Sleeper{*this});
}

void Worker::serve() {
  bool must_wake = false;
  while (wait(must_wake)) {
    const calls::Message message = calls::message_of(*lane_);
    // A host that answers where nobody asked is answered all the same, so that its thread goes on.
    if (message.kind == LaneMessage::kCall) [[likely]]
      run(message.offset);
    must_wake = answer();
  }
}

inline void Worker::run(uint32_t offset) {
  constexpr size_t kKeptForGood = size_t{8} << 20;
  const calls::Arrived request = calls::arrived(calls_.area, *lane_, offset);
  const size_t needed = request.arena_size();
  std::unique_ptr<Block>* const outer = block_;
  if (*outer == nullptr || (*outer)->size < needed) [[unlikely]]
    if (!make_room(needed, request.memory)) return;
  Block& block = **outer;
  edge::Arena arena({block.bytes.get(), block.size});
  edge::ServerCall call{request.memory, request.request_size, arena, this};
  block_ = &block.inner;
  ++depth_;
  calls_.ecalls(call);
  --depth_;
  block_ = outer;
  if (block.size > kKeptForGood) [[unlikely]] {
    block.bytes = nullptr;
    block.size = 0;
  }
}

bool Worker::make_room(size_t size, std::span<uint8_t> answer) {
  if (depth_ >= calls_.deepest) {
    edge::refuse_call(answer, ErrorCode::kResourceExhausted,
                      "the calls into the enclave nest too deep (ServeOptions::deepest)");
    return false;
  }
  try {
    std::unique_ptr<Block>& block = *block_;
    if (block == nullptr) block = std::make_unique<Block>();
    block->size = 0;
    block->bytes = nullptr;
    block->bytes = std::make_unique<uint8_t[]>(size);
    block->size = size;
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
        if (answer()) calls_.wait(&lane.turn, nullptr, 0);
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
  if (!offers_.pay()) return std::nullopt;
  const bool has_lane = place < calls::kLanes;
  const auto index = has_lane ? std::optional(place - calls::kOcallLanes) : calls_.pool.claim();
  if (!index) return std::nullopt;
  // Calls that come in while the ocall runs come by its lane.
  calls::Lane* const outer = std::exchange(lane_, &calls_.area.lane(calls::kOcallLanes + *index));
  calls::fill(calls_.area, *lane_, request);
  calls::Bell& bell = calls_.area.header().ocall_bell;
  std::optional<bool> answered;
  if (offers_.offer(*lane_, calls::kHost, bell, calls_.spinning,
                    [&] { calls_.wait(&bell.word, nullptr, 0); }))
    answered = listen(false);
  lane_ = outer;
  if (!has_lane) calls_.pool.release(*index);
  return answered;
}

// The host answers, or its function calls in again first.
bool Worker::listen(bool must_wake) {
  for (bool came = !must_wake && calls::is_turn_of(*lane_, calls::kEnclave); came || wait(must_wake);
       came = false) {
    const calls::Message message = calls::message_of(*lane_);
    if (message.kind == LaneMessage::kReturn) [[likely]]
      return true;
    if (message.kind != LaneMessage::kCall) break;
    run(message.offset);
    must_wake = answer();
  }
  failure_ = {ErrorCode::kMalformed, "the host broke the protocol of calls"};
  return false;
}

}  // namespace strongroom::enclave
