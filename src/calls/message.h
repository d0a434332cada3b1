// What goes with a lane from one side to the other.
#pragma once

#include "calls/turn.h"

namespace strongroom::calls {

// What came with a lane. To be read once.
inline LaneMessage message_of(const Lane& lane) {
  return static_cast<LaneMessage>(lane.message.load(std::memory_order_relaxed));
}

// A call that came with a lane, copied out of it and checked. `memory` is empty where the other side named
// none that can be.
struct Arrived {
  std::span<uint8_t> memory;
  size_t request_size;
  size_t named;  // bytes of arguments that stand elsewhere

  // Enough private memory for the arguments and results: neither is larger than the message, but for what is
  // named; the rest is alignment.
  [[nodiscard]] size_t arena_size() const { return 2 * memory.size() + named + 4096; }
};

inline Arrived arrived(const Area& area, const Lane& lane) {
  const uint64_t offset = lane.offset.load(std::memory_order_relaxed);
  const uint64_t size = lane.size.load(std::memory_order_relaxed);
  const uint64_t request_size = lane.request_size.load(std::memory_order_relaxed);
  const auto memory = area.message_memory(offset, size);
  const size_t named = lane.named.load(std::memory_order_relaxed);
  if (!memory || request_size > size || named > area.memory().size()) return {{}, 0, 0};
  return {*memory, request_size, named};
}

// One call, as its caller has it: the request stands at the start of `memory`, a part of the area.
struct Request {
  std::span<uint8_t> memory;
  size_t size;
  size_t named;
};

inline void fill(const Area& area, Lane& lane, const Request& request) {
  lane.offset.store(static_cast<uint32_t>(request.memory.data() - area.memory().data()),
                    std::memory_order_relaxed);
  lane.size.store(static_cast<uint32_t>(request.memory.size()), std::memory_order_relaxed);
  lane.request_size.store(static_cast<uint32_t>(request.size), std::memory_order_relaxed);
  lane.named.store(static_cast<uint32_t>(request.named), std::memory_order_relaxed);
  lane.message.store(static_cast<uint32_t>(LaneMessage::kCall), std::memory_order_relaxed);
}

// The answer stands where the request did. True: `side` sleeps and must be woken.
inline bool answer(Lane& lane, uint32_t side) {
  lane.message.store(static_cast<uint32_t>(LaneMessage::kReturn), std::memory_order_relaxed);
  return hand_over(lane, side);
}

}  // namespace strongroom::calls
