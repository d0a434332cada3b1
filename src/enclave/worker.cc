#include "enclave/worker.h"

#include <algorithm>
#include <new>
#include <utility>

namespace strongroom::enclave {

using calls::LaneMessage;

Worker::Arrived Worker::arrived() const {
  const auto message = static_cast<LaneMessage>(lane_->message.load(std::memory_order_relaxed));
  const uint64_t offset = lane_->offset.load(std::memory_order_relaxed);
  const uint64_t size = lane_->size.load(std::memory_order_relaxed);
  const uint64_t request_size = lane_->request_size.load(std::memory_order_relaxed);
  const auto memory = edge::part_of(calls_.area.memory(), offset, size);
  // Not over the lanes: the enclave would trip over its own answers.
  if (!memory || offset < calls::kHeapsOffset || request_size > size) return {message, {}, 0};
  return {message, *memory, request_size};
}

bool Worker::wait(bool must_wake) {
  return calls::wait_for_turn(*lane_, calls::kEnclave, spinner_, must_wake,
                              [this](std::atomic<uint32_t>& word, uint32_t expected, bool wake) {
                                const bool leave = depth_ == 0 && calls_.stopping();
                                if (wake || !leave)
                                  calls_.wait(wake ? &word : nullptr, leave ? nullptr : &word, expected);
                                return !leave;
                              });
}

// Hands the answer over; true: the host sleeps.
bool Worker::answer() {
  lane_->message.store(static_cast<uint32_t>(LaneMessage::kReturn), std::memory_order_relaxed);
  return calls::hand_over(*lane_, calls::kHost);
}

void Worker::serve() {
  bool must_wake = false;
  while (wait(must_wake)) {
    const Arrived request = arrived();
    // A host that answers where nobody asked is answered all the same, so that its thread goes on.
    if (request.message == LaneMessage::kCall) run(request);
    must_wake = answer();
  }
}

void Worker::run(const Arrived& request) {
  // What is copied out of the message is not larger than it, nor are the results; the rest is alignment.
  constexpr size_t kAlignments = 4096, kKeptForGood = size_t{8} << 20;
  const bool too_deep = depth_ >= calls_.deepest;
  if (depth_ == arenas_.size() && !too_deep) arenas_.emplace_back();
  std::vector<uint8_t> none;
  std::vector<uint8_t>& block = too_deep ? none : arenas_[depth_];
  const size_t needed = 2 * request.memory.size() + kAlignments;
  ++depth_;
  try {
    if (!too_deep && block.size() < needed) block = std::vector<uint8_t>(needed);
  } catch (const std::bad_alloc&) {
    block.clear();
  }
  if (block.empty()) {
    edge::refuse_call(request.memory, ErrorCode::kResourceExhausted,
                      too_deep
                          ? "the calls into the enclave nest too deep (ServeOptions::deepest)"
                          : "the enclave has no memory for the arguments; raise heap_size in its manifest");
  } else {
    edge::Arena arena(block);
    calls_.ecalls(*this, request.memory, request.request_size, arena);
  }
  --depth_;
  if (block.size() > kKeptForGood) block = {};
}

Result<std::span<uint8_t>> Worker::acquire(size_t size) {
  const std::span<uint8_t> memory = calls_.heap.take(size);
  if (memory.empty())
    return fail(ErrorCode::kResourceExhausted, "the call area has no room for " + std::to_string(size) +
                                                   " bytes; the host must launch with a larger call area");
  return memory;
}

void Worker::serve_switchless() {
  calls::serve_pool(
      calls_.area, calls::kEcallLanes, calls::kEnclave, calls_.area.header().ecall_bell,
      [this](calls::Lane& lane) {
        lane_ = &lane;
        const Arrived request = arrived();
        if (request.message == LaneMessage::kCall) run(request);
        if (answer()) calls_.wait(&lane.turn, nullptr, 0);
      },
      [this] { return calls_.stopping(); },
      [this](std::atomic<uint32_t>& bell, uint32_t expected) { calls_.wait(nullptr, &bell, expected); });
}

void Worker::fill(std::span<uint8_t> memory, size_t request_size) const {
  lane_->offset.store(static_cast<uint64_t>(memory.data() - calls_.area.memory().data()),
                      std::memory_order_relaxed);
  lane_->size.store(memory.size(), std::memory_order_relaxed);
  lane_->request_size.store(request_size, std::memory_order_relaxed);
  lane_->message.store(static_cast<uint32_t>(LaneMessage::kCall), std::memory_order_relaxed);
}

Result<void> Worker::call(const edge::CallInfo& info, std::span<uint8_t> memory, size_t request_size) {
  if (info.switchless)
    if (auto answered = call_switchless(memory, request_size)) return *std::move(answered);
  fill(memory, request_size);
  return listen(calls::hand_over(*lane_, calls::kHost));
}

// Nothing where no worker of the application took the call.
std::optional<Result<void>> Worker::call_switchless(std::span<uint8_t> memory, size_t request_size) {
  calls::AreaHeader& header = calls_.area.header();
  if (header.host_switchless_workers.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const auto index = calls_.pool.claim();
  if (!index) return std::nullopt;
  // Calls that come in while the ocall runs come by its lane.
  calls::Lane* const outer = std::exchange(lane_, &calls_.area.lane(calls::kOcallLanes + *index));
  fill(memory, request_size);
  std::optional<Result<void>> result;
  if (calls::offer(*lane_, calls::kHost, patience_))
    result = listen(false);
  else if (calls::ring(header.ocall_bell))
    calls_.wait(&header.ocall_bell, nullptr, 0);
  lane_ = outer;
  calls_.pool.release(*index);
  return result;
}

// The host answers, or its function calls in again first.
Result<void> Worker::listen(bool must_wake) {
  while (wait(must_wake)) {
    const Arrived request = arrived();
    if (request.message == LaneMessage::kReturn) return {};
    if (request.message != LaneMessage::kCall) break;
    run(request);
    must_wake = answer();
  }
  return fail(ErrorCode::kMalformed, "the host broke the protocol of calls");
}

}  // namespace strongroom::enclave
