#include "host/call_gate.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <chrono>
#include <vector>

namespace strongroom::host {
namespace {

using calls::Lane;
using calls::LaneMessage;
using namespace std::chrono_literals;

// About what a sleep and a wake-up cost.
constexpr uint64_t kSpinCycles = 30'000;
thread_local calls::Spinner spinner(kSpinCycles);

void futex_wake(std::atomic<uint32_t>& word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE, count, nullptr, nullptr, 0);
}
void futex_wait(std::atomic<uint32_t>& word, uint32_t expected, std::chrono::nanoseconds limit) {
  const timespec timeout{limit / 1s, (limit % 1s).count()};
  syscall(SYS_futex, &word, FUTEX_WAIT, expected, &timeout, nullptr, 0);
}

void add_one(std::atomic<uint64_t>& count) {
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// The private memory of ocalls' arguments, one block for each that is under way on this thread.
class ArenaStack {
 public:
  edge::Arena enter(size_t size) {
    if (depth_ == blocks_.size()) blocks_.emplace_back();
    std::vector<uint8_t>& block = blocks_[depth_++];
    if (block.size() < size) block.resize(size);
    return edge::Arena(block);
  }
  void leave() { --depth_; }

 private:
  std::vector<std::vector<uint8_t>> blocks_;
  size_t depth_ = 0;
};
thread_local ArenaStack arenas;

}  // namespace

Result<SharedMapping> SharedMapping::map(int file, size_t size) {
  struct stat status {};
  const int seals = fcntl(file, F_GET_SEALS);
  if (fstat(file, &status) != 0 || status.st_size != static_cast<off_t>(size) || seals < 0 ||
      (seals & F_SEAL_SHRINK) == 0)
    return fail(ErrorCode::kMalformed,
                "the keeper gave a call area of another size, or one that can change its size");
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return fail_errno("cannot map the call area", errno);
  return SharedMapping({static_cast<uint8_t*>(memory), size});
}

SharedMapping::~SharedMapping() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

// The calls of one thread that are under way, innermost first, through the same or different gates.
struct CallGate::Chain {
  Chain(CallGate* the_gate, Lane* the_lane)
      : gate(the_gate), lane(the_lane), outer(std::exchange(innermost, this)) {}
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() { innermost = outer; }
  CallGate* gate;
  Lane* lane;
  Chain* outer;
};
thread_local CallGate::Chain* CallGate::innermost = nullptr;

CallGate::CallGate(SharedMapping mapping, ServeOcall ocalls, uint32_t switchless_workers)
    : mapping_(std::move(mapping)),
      area_(mapping_.bytes()),
      heap_(area_.host_heap()),
      ocalls_(std::move(ocalls)) {
  for (uint32_t i = 0; i < switchless_workers; ++i) workers_.emplace_back([this] { work_switchless(); });
  area_.header().host_switchless_workers = switchless_workers;
}

CallGate::~CallGate() {
  end({ErrorCode::kUnavailable, "the enclave has ended: the application let it go"});
  for (std::thread& worker : workers_) worker.join();
}

Result<std::span<uint8_t>> CallGate::acquire(size_t size) {
  const std::span<uint8_t> memory = heap_.take(size);
  if (memory.empty())
    return fail(ErrorCode::kResourceExhausted,
                "the call area has no room for " + std::to_string(size) +
                    " bytes; launch the enclave with a larger LaunchOptions::call_area_size");
  return memory;
}

void CallGate::release(std::span<uint8_t> memory) noexcept {
  heap_.give(memory);
}

Error CallGate::ended() const {
  const std::lock_guard lock(mutex_);
  return *error_;
}

void CallGate::end(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (error_) return;
    error_ = std::move(error);
    dead_ = true;
  }
  lane_freed_.notify_all();
  for (uint32_t index = 0; index < calls::kLanes; ++index) {
    area_.lane(index).turn.exchange(calls::kHost);
    futex_wake(area_.lane(index).turn, INT32_MAX);
  }
  futex_wake(area_.header().workers, INT32_MAX);
  area_.header().ocall_bell.fetch_add(2);
  futex_wake(area_.header().ocall_bell, INT32_MAX);
}

void CallGate::stop_serving() {
  area_.header().stopping = 1;
  for (uint32_t index = 0; index < calls::kEcallLanes; ++index) {
    area_.lane(index).turn.fetch_or(calls::kStirred);
    futex_wake(area_.lane(index).turn, 1);
  }
  area_.header().ecall_bell.fetch_add(2);
  futex_wake(area_.header().ecall_bell, INT32_MAX);
}

Result<void> CallGate::wait_until_served() {
  constexpr int kSlices = 600;  // a minute
  std::atomic<uint32_t>& workers = area_.header().workers;
  for (int slice = 0; slice < kSlices && !dead_ && workers == 0; ++slice) futex_wait(workers, 0, 100ms);
  if (dead_) return tl::unexpected<Error>(ended());
  const uint32_t count = workers;
  if (count == 0)
    return fail(ErrorCode::kUnavailable,
                "the enclave does not serve calls; does its main() call enclave::serve()?");
  if (count == calls::kServingEnded)
    return fail(ErrorCode::kUnavailable, "the enclave serves no calls any more: its serve() has returned");
  return {};
}

Result<uint32_t> CallGate::claim_lane() {
  while (true) {
    const uint32_t workers = area_.header().workers.load(std::memory_order_acquire);
    if (dead_) return tl::unexpected<Error>(ended());
    if (workers == 0 || workers == calls::kServingEnded) {
      TRY(wait_until_served());
      continue;
    }
    const uint64_t usable = workers >= calls::kWorkerLanes ? ~uint64_t{0} : (uint64_t{1} << workers) - 1;
    uint64_t free = free_lanes_.load();
    while ((free & usable) != 0) {
      // The lowest first: its worker was busy last, and may still be awake.
      const int index = std::countr_zero(free & usable);
      if (free_lanes_.compare_exchange_weak(free, free & ~(uint64_t{1} << index)))
        return static_cast<uint32_t>(index);
    }
    std::unique_lock lock(mutex_);
    ++waiting_;
    lane_freed_.wait_for(lock, 100ms, [&] { return (free_lanes_.load() & usable) != 0 || dead_; });
    --waiting_;
  }
}

void CallGate::release_lane(uint32_t index) {
  free_lanes_.fetch_or(uint64_t{1} << index);
  if (waiting_ == 0) return;
  const std::lock_guard lock(mutex_);
  lane_freed_.notify_one();
}

bool CallGate::sleep(std::atomic<uint32_t>& word, uint32_t expected, bool must_wake) const {
  if (must_wake) futex_wake(word, 1);
  if (dead_) return false;
  // The limit is for enclaves that change the word and wake nobody.
  futex_wait(word, expected, 1s);
  return !dead_;
}

Result<void> CallGate::call(const edge::CallInfo& info, std::span<uint8_t> memory, size_t request_size) {
  bool broken = false;
  for (Chain* chain = innermost; chain != nullptr; chain = chain->outer)
    if (chain->gate == this) return converse(*chain->lane, memory, request_size, broken);
  if (info.switchless)
    if (auto answered = call_switchless(memory, request_size)) return *std::move(answered);
  const uint32_t index = TRY(claim_lane());
  const Chain chain(this, &area_.lane(index));
  add_one(counts_of(*chain.lane).ecalls);
  auto result = converse(*chain.lane, memory, request_size, broken);
  if (!broken) release_lane(index);
  return result;
}

// Nothing where no worker took the call.
std::optional<Result<void>> CallGate::call_switchless(std::span<uint8_t> memory, size_t request_size) {
  if (dead_ || area_.header().switchless_workers.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const auto index = pool_.claim();
  if (!index) return std::nullopt;
  Lane& lane = area_.lane(calls::kEcallLanes + *index);
  fill(lane, memory, request_size);
  thread_local calls::Spinner patience(kSpinCycles);
  const bool taken = calls::offer(lane, calls::kEnclave, patience);
  if (!taken && calls::ring(area_.header().ecall_bell)) futex_wake(area_.header().ecall_bell, INT32_MAX);
  std::optional<Result<void>> result;
  bool broken = false;
  if (taken) {
    const Chain chain(this, &lane);
    add_one(counts_of(lane).ecalls);
    result = listen(lane, false, broken);
  }
  if (!broken) pool_.release(*index);
  return result;
}

void CallGate::work_switchless() {
  calls::serve_pool(
      area_, calls::kOcallLanes, calls::kHost, area_.header().ocall_bell,
      [this](Lane& lane) {
        const Chain chain(this, &lane);
        // An enclave that broke the protocol waits for ever at that lane.
        if (lane.message.load(std::memory_order_relaxed) != static_cast<uint32_t>(LaneMessage::kCall) ||
            !serve_ocall(lane))
          return;
        lane.message.store(static_cast<uint32_t>(LaneMessage::kReturn), std::memory_order_relaxed);
        if (calls::hand_over(lane, calls::kEnclave)) futex_wake(lane.turn, 1);
      },
      [this] { return dead_.load(); },
      [](std::atomic<uint32_t>& bell, uint32_t expected) { futex_wait(bell, expected, 1s); });
}

void CallGate::fill(Lane& lane, std::span<uint8_t> memory, size_t request_size) const {
  lane.offset.store(static_cast<uint64_t>(memory.data() - area_.memory().data()), std::memory_order_relaxed);
  lane.size.store(memory.size(), std::memory_order_relaxed);
  lane.request_size.store(request_size, std::memory_order_relaxed);
  lane.message.store(static_cast<uint32_t>(LaneMessage::kCall), std::memory_order_relaxed);
}

Result<void> CallGate::converse(Lane& lane, std::span<uint8_t> memory, size_t request_size, bool& broken) {
  fill(lane, memory, request_size);
  return listen(lane, calls::hand_over(lane, calls::kEnclave), broken);
}

// The enclave answers, or asks for something first.
Result<void> CallGate::listen(Lane& lane, bool must_wake, bool& broken) {
  while (true) {
    calls::wait_for_turn(
        lane, calls::kHost, spinner, must_wake,
        [this](auto& word, uint32_t expected, bool wake) { return sleep(word, expected, wake); });
    if (dead_) return tl::unexpected<Error>(ended());
    const auto message = static_cast<LaneMessage>(lane.message.load(std::memory_order_relaxed));
    if (message == LaneMessage::kReturn) return {};
    if (message != LaneMessage::kCall || !serve_ocall(lane)) {
      broken = true;
      return fail(ErrorCode::kMalformed, "the enclave broke the protocol of calls");
    }
    lane.message.store(static_cast<uint32_t>(LaneMessage::kReturn), std::memory_order_relaxed);
    must_wake = calls::hand_over(lane, calls::kEnclave);
  }
}

CallGate::Counts& CallGate::counts_of(const Lane& lane) {
  return counts_[static_cast<size_t>(&lane - &area_.lane(0))];
}

CallMetrics CallGate::metrics() const {
  CallMetrics out;
  for (uint32_t index = 0; index < calls::kLanes; ++index) {
    const uint64_t ecalls = counts_[index].ecalls.load(std::memory_order_relaxed);
    out.ecalls += ecalls;
    if (index >= calls::kEcallLanes) out.switchless_ecalls += ecalls;
    out.ocalls += counts_[index].ocalls.load(std::memory_order_relaxed);
  }
  const uint32_t workers = area_.header().workers.load(std::memory_order_relaxed);
  out.workers = workers == calls::kServingEnded ? 0 : std::min(workers, calls::kWorkerLanes);
  return out;
}

bool CallGate::serve_ocall(Lane& lane) {
  const uint64_t offset = lane.offset.load(std::memory_order_relaxed);
  const uint64_t size = lane.size.load(std::memory_order_relaxed);
  const uint64_t request_size = lane.request_size.load(std::memory_order_relaxed);
  const auto memory = edge::part_of(area_.memory(), offset, size);
  if (!memory || offset < calls::kHeapsOffset || request_size > size) return false;
  add_one(counts_of(lane).ocalls);
  // What is copied out of the message is not larger than it, nor are the results; the rest is alignment.
  edge::Arena arena = arenas.enter(2 * size + 4096);
  if (ocalls_) {
    ocalls_(*memory, request_size, arena);
  } else {
    static constexpr edge::Interface kNothing{"", 0, {}};
    edge::serve_ocall(kNothing, nullptr, *memory, request_size, arena);
  }
  arenas.leave();
  return true;
}

}  // namespace strongroom::host
