// The call area: what stands in the memory that an application and its enclave share.
//
//   AreaHeader | lanes | attendance | seats | the application's heap | the enclave's heap
//
// A lane carries one chain of nested calls. It belongs to one side at a time, as its `turn` says; that side
// writes what it wants (a call, or the answer to the last call that came) and hands the lane over. The bytes
// of small calls stand in the lane itself: also those of calls that are nested in it, for each side copies a
// request before it acts on it. Those of larger ones stand in the heaps: each side allocates in its own, with
// bookkeeping in its private memory (heap.h). The lane names them by offset. Either side may write anything
// anywhere at any time, so each reads every field once, into a local variable, and checks it before it is
// used.
//
// Lanes [0, workers): each has a thread of the enclave that waits at it, for ordinary calls. Two such threads
// may change places.
// Lanes [kEcallLanes, +kPooledLanes): switchless ecalls, taken by any switchless worker of the enclave.
// Lanes [kOcallLanes, +kPooledLanes): switchless ocalls, taken by any switchless worker of the application.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace strongroom::calls {

// Bits of Lane::turn, a futex word of both sides.
enum Turn : uint32_t {
  kOwner = 1u << 0,     // 0: the host's, 1: the enclave's
  kSleeping = 1u << 1,  // the other side sleeps: on a seat, or on this word until it changes
  kTaken = 1u << 2,     // of a pooled lane: a worker has it
  kOffered = 1u << 3,   // of a pooled lane: a worker of its owner may take it (attendance.h)
  kSeat = 0xffu << 8,   // with kSleeping: 1 + the index of the seat of who sleeps; 0: it sleeps on this word
};
inline constexpr uint32_t kSeatShift = 8;
inline constexpr uint32_t kHost = 0, kEnclave = kOwner;

enum class LaneMessage : uint32_t {
  kNone = 0,
  kCall = 1,  // the request stands in [offset, offset + request_size); the response may take [offset, offset
              // + size)
  kReturn = 2,  // the response to the other side's innermost call stands where its request did
};

// Its first line holds a small message, too, so that handing over moves one line between processors.
struct alignas(128) Lane {
  std::atomic<uint32_t> turn;
  // Of whoever woke the other side and spins now, as the machine counts, plus 1; 0: nobody does. Must follow
  // `turn`: arch::OwnCall::kCallWait knows.
  std::atomic<uint32_t> processor;
  std::atomic<uint32_t> message;  // LaneMessage
  std::atomic<uint32_t> offset;   // of the call's memory, from the start of the area
  std::atomic<uint32_t> size;
  std::atomic<uint32_t> request_size;
  std::atomic<uint32_t> named;  // bytes of the host's heap that the request names
  std::atomic<uint32_t> reserved;
  uint8_t bytes[480];  // for messages that find room here
};
static_assert(sizeof(Lane) == 512 && offsetof(Lane, processor) == 4 && offsetof(Lane, bytes) == 32);

inline constexpr uint32_t kWorkerLanes = 64, kPooledLanes = 16;
inline constexpr uint32_t kEcallLanes = kWorkerLanes, kOcallLanes = kEcallLanes + kPooledLanes;
inline constexpr uint32_t kLanes = kOcallLanes + kPooledLanes;

// Who is at a pooled lane, and apart from it, because both sides look here at each call and seldom write.
struct alignas(128) Attendance {
  std::atomic<uint32_t> worker;         // 1: one worker is here, and takes whatever is offered
  std::atomic<uint32_t> caller_sleeps;  // 1: the caller sleeps on the lane's turn, or is about to
};

// Where one worker of lanes [0, workers) sleeps, at whichever of them it is.
struct alignas(64) Seat {
  std::atomic<uint32_t> word;       // the futex word: counts how often the worker was to be woken
  std::atomic<uint32_t> processor;  // of who woke it, as Lane::processor
};

// How a worker that is awake and has no call finds calls at lanes whose workers sleep.
struct alignas(128) Unattended {
  std::atomic<uint32_t> looks;  // 1: a worker looks at `lanes` now and then. A hint
  // A bit each: a call has come, its worker sleeps, and its caller hopes for another. Cleared by who comes.
  alignas(8) std::atomic<uint64_t> lanes;
};

// Wakes idle switchless workers of one side.
struct alignas(128) Bell {
  std::atomic<uint32_t> word;                 // the futex word that they sleep on: BellBits
  std::atomic<uint32_t> processor;            // of who rang, as Lane::processor
  alignas(16) std::atomic<uint32_t> looking;  // how many workers are awake and look for calls
};
enum BellBits : uint32_t {
  kWorkerSleeps = 1u << 0,
  kRung = 1u << 1,  // and no worker has come yet
  kRing = 1u << 2,  // the rest counts what has been rung
};

struct alignas(128) AreaHeader {
  // Written by the enclave. How many workers wait at lanes; 0 until it serves, and the host sleeps on it;
  // kServingEnded after that.
  std::atomic<uint32_t> workers;
  std::atomic<uint32_t> processor;  // as Lane::processor
  // Written by the host.
  alignas(16) std::atomic<uint32_t> stopping;  // 1: serve() is to return
  Bell ecall_bell, ocall_bell;                 // of the enclave's workers, of the host's
  Unattended unattended;
};
static_assert(sizeof(AreaHeader) == 512);
inline constexpr uint32_t kServingEnded = ~uint32_t{0};

inline constexpr size_t kLanesOffset = 4096;
inline constexpr size_t kAttendanceOffset = kLanesOffset + kLanes * sizeof(Lane);
inline constexpr size_t kSeatsOffset = kAttendanceOffset + 2 * kPooledLanes * sizeof(Attendance);
inline constexpr size_t kHeapsOffset = (kSeatsOffset + kWorkerLanes * sizeof(Seat) + 4095) / 4096 * 4096;
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
  [[nodiscard]] uint32_t index_of(const Lane& lane) const {
    return static_cast<uint32_t>(&lane - &this->lane(0));
  }
  // Of a pooled lane.
  [[nodiscard]] Attendance& attendance(uint32_t index) const {
    return *reinterpret_cast<Attendance*>(memory_.data() + kAttendanceOffset +
                                          (index - kEcallLanes) * sizeof(Attendance));
  }
  // Of a worker.
  [[nodiscard]] Seat& seat(uint32_t index) const {
    return *reinterpret_cast<Seat*>(memory_.data() + kSeatsOffset + index * sizeof(Seat));
  }
  [[nodiscard]] std::span<uint8_t> memory() const { return memory_; }
  // Of what lies in the area.
  [[nodiscard]] uint64_t offset_of(const uint8_t* place) const {
    return static_cast<uint64_t>(place - memory_.data());
  }
  // The part [offset, offset + size) where it is memory that messages may stand in: in the heaps, or in one
  // lane. Never over the words of a lane: a side would trip over its own answers.
  [[nodiscard]] std::optional<std::span<uint8_t>> message_memory(uint64_t offset, uint64_t size) const {
    const auto inside = [&](uint64_t begin, uint64_t end) {
      return offset >= begin && offset <= end && size <= end - offset;
    };
    if (inside(kHeapsOffset, memory_.size())) return memory_.subspan(offset, size);
    const uint64_t lane = kLanesOffset + (offset - kLanesOffset) / sizeof(Lane) * sizeof(Lane);
    if (offset < kLanesOffset || lane >= kLanesOffset + kLanes * sizeof(Lane)) return std::nullopt;
    if (!inside(lane + offsetof(Lane, bytes), lane + sizeof(Lane))) return std::nullopt;
    return memory_.subspan(offset, size);
  }
  // Where the bytes of large calls stand.
  [[nodiscard]] std::span<uint8_t> heaps() const { return memory_.subspan(kHeapsOffset); }
  [[nodiscard]] std::span<uint8_t> host_heap() const { return heaps().first(heap_size()); }
  [[nodiscard]] std::span<uint8_t> enclave_heap() const { return heaps().subspan(heap_size(), heap_size()); }

 private:
  [[nodiscard]] size_t heap_size() const { return heaps().size() / 2 / 4096 * 4096; }
  std::span<uint8_t> memory_;
};

}  // namespace strongroom::calls
