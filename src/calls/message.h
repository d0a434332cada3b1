// What goes with a lane from one side to the other.
#pragma once

#include "calls/turn.h"

namespace strongroom::calls {

// Two neighbours in a lane, the first in the lower half. In whole words for the reason that edge/memory.h
// gives.
using LanePair [[gnu::may_alias]] = uint64_t;
inline uint64_t read_pair(const std::atomic<uint32_t>& first) {
  return __atomic_load_n(reinterpret_cast<const LanePair*>(&first), __ATOMIC_RELAXED);
}
inline void write_pair(std::atomic<uint32_t>& first, uint64_t low, uint64_t high) {
  __atomic_store_n(reinterpret_cast<LanePair*>(&first), high << 32 | low, __ATOMIC_RELAXED);
}
static_assert(offsetof(Lane, message) % 8 == 0 && offsetof(Lane, offset) == offsetof(Lane, message) + 4);
static_assert(offsetof(Lane, size) % 8 == 0 && offsetof(Lane, request_size) == offsetof(Lane, size) + 4);
static_assert(offsetof(Lane, named) % 8 == 0 && offsetof(Lane, reserved) == offsetof(Lane, named) + 4);

// What came with a lane. To be read once.
struct Message {
  LaneMessage kind;
  uint32_t offset;  // of a call
};
inline Message message_of(const Lane& lane) {
  const uint64_t pair = read_pair(lane.message);
  return {static_cast<LaneMessage>(static_cast<uint32_t>(pair)), static_cast<uint32_t>(pair >> 32)};
}

// A call that came with a lane, copied out of it and checked. `memory` is empty where the other side named
// none that can be.
struct Arrived {
  std::span<uint8_t> memory{};
  size_t request_size = 0;
  size_t named = 0;  // bytes of arguments that stand elsewhere

  // Enough private memory for the arguments and results: neither is larger than the message, but for what is
  // named; the rest is alignment.
  [[nodiscard]] size_t arena_size() const { return 2 * memory.size() + named + 4096; }
};

inline Arrived arrived(const Area& area, Lane& lane, uint32_t offset) {
  const uint64_t sizes = read_pair(lane.size);
  const uint64_t size = static_cast<uint32_t>(sizes), request_size = sizes >> 32;
  const size_t named = static_cast<uint32_t>(read_pair(lane.named));
  uint8_t* memory = nullptr;
  if (offset == area.offset_of(lane.bytes) && size <= sizeof lane.bytes) [[likely]]
    memory = lane.bytes;
  else if (const auto elsewhere = area.message_memory(offset, size))
    memory = elsewhere->data();
  if (memory == nullptr || request_size > size || named > area.memory().size()) [[unlikely]]
    return {};
  return {{memory, size}, request_size, named};
}

// Where a message stands, as edge::Loan::place says it: the index of a lane, or
inline constexpr uint32_t kInHeap = kLanes;
inline constexpr uint32_t kInOuterLane = kLanes + 1;  // the lane of a call that is under way on this thread

// One call, as its caller has it: the request stands at the start of `memory`, a part of the area.
struct Request {
  std::span<uint8_t> memory;
  size_t size;
  size_t named;
};

inline void fill(const Area& area, Lane& lane, const Request& request) {
  const uint64_t offset = area.offset_of(request.memory.data());
  write_pair(lane.size, request.memory.size(), request.size);
  write_pair(lane.named, request.named, 0);
  write_pair(lane.message, static_cast<uint64_t>(LaneMessage::kCall), offset);
}

// The answer stands where the request did; the lane goes to `side`.
inline Asleep answer(Lane& lane, uint32_t side) {
  write_pair(lane.message, static_cast<uint64_t>(LaneMessage::kReturn), 0);
  return hand_over(lane, side);
}

}  // namespace strongroom::calls
