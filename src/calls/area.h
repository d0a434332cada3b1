// The call area: what stands in the memory that an application and its enclave share.
//
//   AreaHeader | lanes | the application's heap | the enclave's heap
//
// A lane carries one chain of nested calls. It belongs to one side at a time, as its `turn` says; that side
// writes what it wants (a call, or the answer to the last call that came) and hands the lane over. The bytes
// of calls stand in the heaps: each side allocates in its own, with bookkeeping in its private memory
// (heap.h), and the lane names them by offset. Either side may write anything anywhere at any time, so each
// reads every field once, into a local variable, and checks it before it is used.
//
// Lanes [0, workers): each has a thread of the enclave that waits at it, for ordinary calls.
// Lanes [kEcallLanes, +kPooledLanes): switchless ecalls, taken by any switchless worker of the enclave.
// Lanes [kOcallLanes, +kPooledLanes): switchless ocalls, taken by any switchless worker of the application.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace strongroom::calls {

// Bits of Lane::turn, a futex word of both sides.
enum Turn : uint32_t {
  kOwner = 1u << 0,     // 0: the host's, 1: the enclave's
  kSleeping = 1u << 1,  // the other side sleeps on the word until it changes
  kTaken = 1u << 2,     // of a pooled lane: a worker has it
  kOffered =
      1u
      << 4,  // of a pooled lane: whoever owns it may take it, and until then who offered it may take it back
  kStirred = 1u << 3,  // means nothing; it is set to let who sleeps on the word look around
};
inline constexpr uint32_t kHost = 0, kEnclave = kOwner;

enum class LaneMessage : uint32_t {
  kNone = 0,
  kCall = 1,  // the request stands in [offset, offset + request_size); the response may take [offset, offset
              // + size)
  kReturn = 2,  // the response to the other side's innermost call stands where its request did
};

struct alignas(128) Lane {  // two cache lines: processors fetch them in pairs
  std::atomic<uint32_t> turn;
  std::atomic<uint32_t> message;  // LaneMessage
  std::atomic<uint64_t> offset;   // of the call's memory, from the start of the area
  std::atomic<uint64_t> size;
  std::atomic<uint64_t> request_size;
};
static_assert(sizeof(Lane) == 128 && offsetof(Lane, request_size) == 24);

inline constexpr uint32_t kWorkerLanes = 64, kPooledLanes = 16;
inline constexpr uint32_t kEcallLanes = kWorkerLanes, kOcallLanes = kEcallLanes + kPooledLanes;
inline constexpr uint32_t kLanes = kOcallLanes + kPooledLanes;

struct alignas(128) AreaHeader {
  // Written by the enclave. How many workers wait at lanes; 0 until it serves, and the host sleeps on it;
  // kServingEnded after that.
  std::atomic<uint32_t> workers;
  std::atomic<uint32_t> switchless_workers;
  // Written by the host.
  std::atomic<uint32_t> stopping;  // 1: serve() is to return
  std::atomic<uint32_t> host_switchless_workers;
  // Futex words on which idle switchless workers of the enclave and of the host sleep: bit 0 says that one
  // does, and the rest counts what has been rung.
  alignas(128) std::atomic<uint32_t> ecall_bell;
  alignas(128) std::atomic<uint32_t> ocall_bell;
};
static_assert(sizeof(AreaHeader) == 384);
inline constexpr uint32_t kServingEnded = ~uint32_t{0};

inline constexpr size_t kLanesOffset = 4096;
inline constexpr size_t kHeapsOffset = kLanesOffset + (kLanes * sizeof(Lane) + 4095) / 4096 * 4096;
// The least that is of any use.
inline constexpr size_t kMinimumArea = size_t{1} << 20;

// The area as one side has it mapped.
class Area {
 public:
  Area() = default;
  // `memory`: at least kMinimumArea bytes, page aligned.
  explicit Area(std::span<uint8_t> memory) : memory_(memory) {}

  [[nodiscard]] AreaHeader& header() const { return *reinterpret_cast<AreaHeader*>(memory_.data()); }
  [[nodiscard]] Lane& lane(uint32_t index) const {
    return *reinterpret_cast<Lane*>(memory_.data() + kLanesOffset + index * sizeof(Lane));
  }
  [[nodiscard]] std::span<uint8_t> memory() const { return memory_; }
  // Where the bytes of calls may stand.
  [[nodiscard]] std::span<uint8_t> heaps() const { return memory_.subspan(kHeapsOffset); }
  [[nodiscard]] std::span<uint8_t> host_heap() const { return heaps().first(heap_size()); }
  [[nodiscard]] std::span<uint8_t> enclave_heap() const { return heaps().subspan(heap_size(), heap_size()); }

 private:
  [[nodiscard]] size_t heap_size() const { return heaps().size() / 2 / 4096 * 4096; }
  std::span<uint8_t> memory_;
};

}  // namespace strongroom::calls
