#include "host/call_gate.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <chrono>

#include "base/futex.h"
#include "base/processors.h"
#include "calls/serve_pool.h"

namespace strongroom::host {
namespace {

using calls::Lane;
using calls::LaneMessage;
using namespace std::chrono_literals;

[[gnu::tls_model("initial-exec")]] constinit thread_local calls::Spinner spinner(calls::kSpinCycles);
[[gnu::tls_model("initial-exec")]] constinit thread_local calls::Offers offers;

// Of all threads of the application, whatever enclaves they wait for.
calls::SpinBudget& spinning_of_all() {
  static calls::SpinBudget budget(usable_processors());
  return budget;
}

// The longest sleeps: who would wake this thread may not be believed.
constexpr timespec kSecond{1, 0}, kTenth{0, 100'000'000};

// Wakes whom this thread will wait for by spinning. Where the machine puts them on this processor, they begin
// at once, and move away.
void wake_and_go_on(std::atomic<uint32_t>& word, std::atomic<uint32_t>& processor, uint32_t most) {
  processor.store(current_processor_plus_one(), std::memory_order_relaxed);
  futex_wake(word, most);
  yield_processor();
}

void add_one(std::atomic<uint64_t>& count) {
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// The lanes at which so many workers wait, one at least.
uint64_t lanes_of(uint32_t workers) {
  return ~uint64_t{0} >> (calls::kWorkerLanes - std::min(workers, calls::kWorkerLanes));
}

// The frame of the calling thread's outermost ocall, and who frees it and those in it when the thread ends.
[[gnu::tls_model("initial-exec")]] constinit thread_local calls::Frame* outermost = nullptr;
thread_local std::unique_ptr<calls::Frame> outermost_owner;

// Of the calling thread's last call that failed: CallGate::failure().
thread_local std::optional<Error> last_failure;
[[gnu::cold]] bool fail_call(Error error) {
  last_failure = std::move(error);
  return false;
}

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
  Chain(CallGate* the_gate, Lane* the_lane, calls::Frame& the_frame)
      : gate(the_gate), lane(the_lane), frame(the_frame), outer(std::exchange(innermost, this)) {}
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() { innermost = outer; }
  CallGate* gate;
  Lane* lane;
  calls::Frame& frame;
  Chain* outer;
};
[[gnu::tls_model("initial-exec")]] constinit thread_local CallGate::Chain* CallGate::innermost = nullptr;

CallGate::CallGate(SharedMapping mapping, ServeOcall ocalls, uint32_t switchless_workers)
    : mapping_(std::move(mapping)),
      area_(mapping_.bytes()),
      heap_(area_.host_heap()),
      ocalls_(std::move(ocalls)),
      spinning_(spinning_of_all()) {
  // With one processor a switchless worker could only keep it from whom it waits for.
  for (uint32_t i = 0; i < switchless_workers && !spinning_.none(); ++i)
    workers_.emplace_back([this] { work_switchless(); });
}

CallGate::~CallGate() {
  end({ErrorCode::kUnavailable, "the enclave has ended: the application let it go"});
  for (std::thread& worker : workers_) worker.join();
}

inline Lane* CallGate::own_lane() const {
  for (const Chain* chain = innermost; chain != nullptr; chain = chain->outer)
    if (chain->gate == this) return chain->lane;
  return nullptr;
}

inline bool CallGate::knows_workers() const {
  return area_.header().workers.load(std::memory_order_relaxed) ==
         known_workers_.load(std::memory_order_acquire);
}

void CallGate::learn_workers() {
  const uint32_t workers = area_.header().workers.load(std::memory_order_acquire);
  const bool serves = workers != 0 && workers != calls::kServingEnded;
  served_lanes_.store(serves ? lanes_of(workers) : 0);
  if (dead_) served_lanes_.store(0);  // end() may have come between
  known_workers_.store(workers, std::memory_order_release);
}

// Nothing where all are taken, or the enclave does not serve.
inline std::optional<uint32_t> CallGate::claim_free_lane() {
  const uint64_t served = served_lanes_.load(std::memory_order_relaxed);
  uint64_t free = free_lanes_.load(std::memory_order_relaxed);
  while ((free & served) != 0) {
    // The lowest first: its worker was busy last, and may still be awake.
    const int index = std::countr_zero(free & served);
    if (free_lanes_.compare_exchange_weak(free, free & ~(uint64_t{1} << index)))
      return static_cast<uint32_t>(index);
  }
  return std::nullopt;
}

inline void CallGate::release_lane(uint32_t index) {
  free_lanes_.fetch_or(uint64_t{1} << index & sound_lanes_.load(std::memory_order_relaxed));
  if (waiting_ != 0) [[unlikely]]
    wake_who_waits();
}

void CallGate::wake_who_waits() {
  const std::lock_guard lock(mutex_);
  lane_freed_.notify_one();
}

inline edge::Loan CallGate::loan_in(uint32_t lane) const {
  return {area_.lane(lane).bytes, sizeof Lane::bytes, lane};
}

edge::Loan CallGate::acquire(const edge::CallInfo& info, size_t size) {
  if (size > sizeof Lane::bytes || innermost != nullptr) return acquire_otherwise(size);
  if (info.switchless) {
    if (!dead_ && offers.pay() && calls::somebody_looks(area_.header().ecall_bell))
      if (const auto index = pool_.claim()) return loan_in(calls::kEcallLanes + *index);
  } else if (knows_workers()) [[likely]] {
    uint64_t free = free_lanes_.load(std::memory_order_relaxed);
    const uint64_t served = free & served_lanes_.load(std::memory_order_relaxed);
    if (served != 0) [[likely]] {
      const auto lane = static_cast<uint32_t>(__builtin_ctzll(served));
      if (free_lanes_.compare_exchange_strong(free, free & ~(uint64_t{1} << lane))) [[likely]]
        return loan_in(lane);
    }
  }
  return acquire_otherwise(size);
}

edge::Loan CallGate::acquire_otherwise(size_t size) {
  if (size > sizeof Lane::bytes) {
    auto lent = lend(size);
    if (lent) return {lent->data(), static_cast<uint32_t>(lent->size()), calls::kInHeap};
    fail_call(std::move(lent).error());
    return {};
  }
  if (Lane* const lane = own_lane(); lane != nullptr)
    return {lane->bytes, sizeof lane->bytes, calls::kInOuterLane};
  auto lane = claim_lane();
  if (lane) return loan_in(*lane);
  fail_call(std::move(lane).error());
  return {};
}

Error CallGate::failure() {
  return last_failure.value_or(Error{ErrorCode::kInternal, "no call has failed"});
}

Result<std::span<uint8_t>> CallGate::lend(size_t size) {
  const std::span<uint8_t> memory = heap_.take(size);
  if (memory.empty())
    return fail(ErrorCode::kResourceExhausted,
                "the call area has no room for " + std::to_string(size) +
                    " bytes; launch the enclave with a larger LaunchOptions::call_area_size");
  return memory;
}

void CallGate::release(edge::Loan loan) noexcept {
  if (loan.place < calls::kEcallLanes) [[likely]]
    return release_lane(loan.place);
  if (loan.place == calls::kInHeap) return heap_.give(loan.memory());
  if (is_pooled(loan.place) && !broken_[loan.place - calls::kEcallLanes])
    pool_.release(loan.place - calls::kEcallLanes);
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
    served_lanes_ = 0;  // acquire() lends none without asking whether it is dead
  }
  lane_freed_.notify_all();
  for (uint32_t index = 0; index < calls::kLanes; ++index) {
    area_.lane(index).turn.exchange(calls::kHost);
    futex_wake(area_.lane(index).turn, INT32_MAX);
  }
  futex_wake(area_.header().workers, INT32_MAX);
  area_.header().ocall_bell.word.fetch_add(calls::kRing);
  futex_wake(area_.header().ocall_bell.word, INT32_MAX);
}

void CallGate::stop_serving() {
  area_.header().stopping = 1;
  for (uint32_t index = 0; index < calls::kEcallLanes; ++index) {
    area_.seat(index).word.fetch_add(1);
    futex_wake(area_.seat(index).word, 1);
  }
  area_.header().ecall_bell.word.fetch_add(calls::kRing);
  futex_wake(area_.header().ecall_bell.word, INT32_MAX);
}

Result<void> CallGate::wait_until_served() {
  constexpr int kSlices = 600;  // a minute
  std::atomic<uint32_t>& workers = area_.header().workers;
  for (int slice = 0; slice < kSlices && !dead_ && workers == 0; ++slice) futex_wait(workers, 0, &kTenth);
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
    if (!knows_workers()) learn_workers();
    if (dead_) return tl::unexpected<Error>(ended());
    if (const auto index = claim_free_lane()) return *index;
    const uint32_t workers = area_.header().workers;
    if (workers == 0 || workers == calls::kServingEnded) {
      TRY(wait_until_served());
      continue;
    }
    std::unique_lock lock(mutex_);
    ++waiting_;
    lane_freed_.wait_for(lock, 100ms, [&] { return (free_lanes_.load() & lanes_of(workers)) != 0 || dead_; });
    --waiting_;
  }
}

calls::Attendance* CallGate::calls_by(const Lane& lane) const {
  const uint32_t index = area_.index_of(lane);
  return is_pooled(index) ? &area_.attendance(index) : nullptr;
}

// As calls::wait_for_turn() wants it.
struct CallGate::Sleeper {
  // Of one whose worker sleeps on the turn, if it does.
  Sleeper(const CallGate& the_gate, Lane& the_lane)
      : gate(the_gate),
        lane(the_lane),
        attendance(gate.calls_by(lane)),
        word(lane.turn),
        processor(lane.processor) {}
  // On a seat, as only at lanes that are not pooled.
  Sleeper(const CallGate& the_gate, Lane& the_lane, calls::Seat& seat)
      : gate(the_gate), lane(the_lane), word(seat.word), processor(seat.processor), count(1) {}
  const CallGate& gate;
  Lane& lane;
  calls::Attendance* attendance = nullptr;  // as calls::CallerSleeps wants it
  // Where the worker sleeps, and what awakes it there.
  std::atomic<uint32_t>& word;
  std::atomic<uint32_t>& processor;
  uint32_t count = 0;
  void wake() const {
    word.fetch_add(count, std::memory_order_release);
    wake_and_go_on(word, processor, 1);
  }
  [[nodiscard]] static constexpr calls::Asleep asleep() { return calls::kSleeping; }
  // Inlined, so that nothing of this is kept in memory.
  [[nodiscard, gnu::always_inline]] bool sleep(uint32_t turn, calls::Asleep worker) const {
    // Its processor becomes free.
    processor.store(0, std::memory_order_relaxed);
    if (worker != 0) {
      word.fetch_add(count, std::memory_order_release);
      futex_wake(word, 1);
    }
    if (gate.dead_) return false;
    // The limit is for enclaves that change the word and wake nobody.
    if (attendance == nullptr) [[likely]] {
      futex_wait(lane.turn, turn, &kSecond);
    } else {
      const calls::CallerSleeps sleeps(*attendance);
      futex_wait(lane.turn, turn, &kSecond);
    }
    // Who has answered goes on where this thread is now: then neither can wait for the other by spinning. But
    // where a switchless worker looks, the other processor is its.
    const uint32_t waker = lane.processor.load(std::memory_order_relaxed);
    if (waker != 0 && waker == current_processor_plus_one() && calls::is_turn_of(lane, calls::kHost) &&
        !calls::somebody_looks(gate.area_.header().ecall_bell))
      leave_processor(waker - 1);
    return true;
  }
  // A switchless worker, of either side, that is about to wake or looks for calls.
  [[nodiscard]] bool give_up() const {
    const calls::AreaHeader& header = gate.area_.header();
    return (calls::worker_comes(header.ocall_bell) || calls::somebody_looks(header.ecall_bell)) &&
           gate.spinning_.full();
  }
  [[nodiscard]] static constexpr bool goes_elsewhere() { return false; }
  [[nodiscard]] static constexpr bool went_elsewhere() { return false; }
};

// Most answers come at once; whatever else came is looked at again.
[[gnu::always_inline]] inline bool CallGate::converse(Lane& lane, const calls::Request& request,
                                                      bool is_new) {
  calls::fill(area_, lane, request);
  const calls::Asleep worker = calls::hand_over(lane, calls::kEnclave);
  if (worker != 0) return is_new ? find_worker_and_listen(lane, worker) : wake_and_listen(lane, worker);
  if (calls::comes_at_once<calls::kHost>(lane, spinner, spinning_) && !dead_ &&
      calls::message_of(lane).kind == LaneMessage::kReturn) [[likely]]
    return true;
  return listen(lane);
}

[[gnu::always_inline]] inline bool CallGate::call_by(uint32_t index, const calls::Request& request) {
  add_one(counts_[index].ecalls);
  return converse(area_.lane(index), request, true);
}

// Whether another worker, which is awake, comes to the lane in place of the one that sleeps.
bool CallGate::is_attended(Lane& lane) {
  constexpr uint64_t kPatience = 8000;  // cycles; where it runs, it takes less
  calls::Unattended& unattended = area_.header().unattended;
  const uint64_t bit = uint64_t{1} << area_.index_of(lane);
  const auto has_come = [&] { return (unattended.lanes.load(std::memory_order_relaxed) & bit) == 0; };
  unattended.lanes.fetch_or(bit);
  if (calls::comes_within(kPatience, has_come)) return true;
  return (unattended.lanes.fetch_and(~bit) & bit) == 0 || calls::is_turn_of(lane, calls::kHost);
}

bool CallGate::call(const edge::CallInfo& info, edge::Loan loan, size_t request_size, size_t named) {
  if (loan.place < calls::kEcallLanes && !info.switchless) [[likely]]
    return call_by(loan.place, {loan.memory(), request_size, named});
  if (is_pooled(loan.place)) return call_pooled(loan, request_size, named);
  return call_otherwise(info, loan, request_size, named);
}

// With call()'s parameters, so that nothing is kept in memory for it.
[[gnu::noinline]] bool CallGate::call_otherwise(const edge::CallInfo& info, edge::Loan loan,
                                                size_t request_size, size_t named) {
  const calls::Request request{loan.memory(), request_size, named};
  const uint32_t place = loan.place;
  if (Lane* const lane = own_lane(); lane != nullptr) return converse(*lane, request, false);
  if (info.switchless)
    if (const auto answered = call_switchless(request)) return *answered;
  return place < calls::kEcallLanes ? call_by(place, request) : call_by_any_lane(request);
}

[[gnu::always_inline]] inline std::optional<bool> CallGate::call_switchless_by(
    uint32_t place, const calls::Request& request) {
  Lane& lane = area_.lane(place);
  calls::fill(area_, lane, request);
  if (!calls::offer(lane, area_.attendance(place), calls::kEnclave)) [[unlikely]]
    return wait_for_worker(place);
  add_one(counts_[place].ecalls);
  offers.taken();
  if (offers.answered_soon(lane, calls::kEnclave) && !dead_ &&
      calls::message_of(lane).kind == LaneMessage::kReturn) [[likely]]
    return true;
  return listen(lane);
}

bool CallGate::call_pooled(edge::Loan loan, size_t request_size, size_t named) {
  const calls::Request request{loan.memory(), request_size, named};
  if (const auto answered = call_switchless_by(loan.place, request)) [[likely]]
    return *answered;
  return call_by_any_lane(request);
}

bool CallGate::call_by_any_lane(const calls::Request& request) {
  auto lane = claim_lane();
  if (!lane) return fail_call(std::move(lane).error());
  const bool answered = call_by(*lane, request);
  release_lane(*lane);
  return answered;
}

std::optional<bool> CallGate::call_switchless(const calls::Request& request) {
  if (dead_ || !offers.pay()) return std::nullopt;
  const auto index = pool_.claim();
  if (!index) return std::nullopt;
  const uint32_t place = calls::kEcallLanes + *index;
  const auto answered = call_switchless_by(place, request);
  release(loan_in(place));
  return answered;
}

std::optional<bool> CallGate::wait_for_worker(uint32_t place) {
  Lane& lane = area_.lane(place);
  calls::Bell& bell = area_.header().ecall_bell;
  const auto wake_workers = [&bell] { wake_and_go_on(bell.word, bell.processor, INT32_MAX); };
  if (!offers.wait_for_worker(lane, calls::kEnclave, bell, spinning_, wake_workers)) return std::nullopt;
  add_one(counts_[place].ecalls);
  return listen(lane);
}

void CallGate::work_switchless() {
  calls::Bell& bell = area_.header().ocall_bell;
  calls::serve_pool(
      area_, calls::kOcallLanes, calls::kHost, bell, spinning_,
      [this](Lane& lane) {
        // An enclave that broke the protocol waits for ever at that lane.
        if (!serve_ocall(lane, calls::message_of(lane))) return lane.turn.store(calls::kTaken);
        const calls::Attendance& attendance = area_.attendance(area_.index_of(lane));
        if (calls::answer_offer(lane, attendance, calls::kEnclave)) futex_wake(lane.turn, 1);
      },
      [this] { return dead_.load(); },
      [&bell](std::atomic<uint32_t>& word, uint32_t expected) {
        futex_wait(word, expected, &kSecond);
        const uint32_t ringer = bell.processor.load(std::memory_order_relaxed);
        if (ringer != 0 && ringer == current_processor_plus_one()) leave_processor(ringer - 1);
      });
}

bool CallGate::fail_ended() {
  return fail_call(ended());
}
bool CallGate::fail_broken(const Lane& lane) {
  const uint32_t index = area_.index_of(lane);
  if (index < calls::kEcallLanes)
    sound_lanes_.fetch_and(~(uint64_t{1} << index));
  else
    broken_[index - calls::kEcallLanes] = true;
  return fail_call({ErrorCode::kMalformed, "the enclave broke the protocol of calls"});
}

// As calls::wait_for_late_turn(): `worker` is what the lane's turn said of the enclave's thread.
void CallGate::wait_long(Lane& lane, calls::Asleep worker) {
  const uint32_t seat = calls::seat_of(worker);
  if (seat < calls::kWorkerLanes)
    calls::wait_for_late_turn<calls::kHost>(lane, spinner, spinning_, worker,
                                            Sleeper(*this, lane, area_.seat(seat)));
  else
    calls::wait_for_late_turn<calls::kHost>(lane, spinner, spinning_, worker, Sleeper(*this, lane));
}

// A call has come by a lane whose worker sleeps. Another may be awake.
bool CallGate::find_worker_and_listen(Lane& lane, calls::Asleep worker) {
  if (area_.header().unattended.looks.load(std::memory_order_relaxed) != 0 && is_attended(lane)) [[unlikely]]
    return listen(lane);
  const uint32_t seat = calls::seat_of(worker);
  if (seat >= calls::kWorkerLanes) [[unlikely]]
    return wake_and_listen(lane, worker);
  calls::wait_for_late_turn<calls::kHost>(lane, spinner, spinning_, worker,
                                          Sleeper(*this, lane, area_.seat(seat)));
  return hear(lane);
}

// The enclave, which sleeps, is woken; then as listen().
bool CallGate::wake_and_listen(Lane& lane, calls::Asleep worker) {
  wait_long(lane, worker);
  return hear(lane);
}

// The enclave answers, or asks for something first. There has been a first look.
bool CallGate::listen(Lane& lane) {
  if (!calls::is_turn_of(lane, calls::kHost)) wait_long(lane, 0);
  return hear(lane);
}

inline bool CallGate::hear(Lane& lane) {
  if (dead_) [[unlikely]]
    return fail_ended();
  const calls::Message message = calls::message_of(lane);
  return message.kind == LaneMessage::kReturn || serve_until_return(lane, message);
}

bool CallGate::serve_until_return(Lane& lane, calls::Message message) {
  do {
    if (!serve_ocall(lane, message)) return fail_broken(lane);
    const calls::Asleep worker = calls::answer(lane, calls::kEnclave);
    if (worker != 0 || !calls::comes_at_once<calls::kHost>(lane, spinner, spinning_)) wait_long(lane, worker);
    if (dead_) [[unlikely]]
      return fail_ended();
    message = calls::message_of(lane);
  } while (message.kind != LaneMessage::kReturn);
  return true;
}

CallMetrics CallGate::metrics() const {
  CallMetrics out;
  for (uint32_t index = 0; index < calls::kLanes; ++index) {
    const uint64_t ecalls = counts_[index].ecalls.load(std::memory_order_relaxed);
    out.ecalls += ecalls;
    if (index >= calls::kEcallLanes) out.switchless_ecalls += ecalls;
    const uint64_t ocalls = counts_[index].ocalls.load(std::memory_order_relaxed);
    out.ocalls += ocalls;
    if (index >= calls::kOcallLanes) out.switchless_ocalls += ocalls;
  }
  const uint32_t workers = area_.header().workers.load(std::memory_order_relaxed);
  out.workers = workers == calls::kServingEnded ? 0 : std::min(workers, calls::kWorkerLanes);
  return out;
}

calls::Frame* CallGate::make_frame(size_t size) try {
  if (innermost != nullptr) {
    calls::Frame::make(innermost->frame.inner, size, nullptr);
    return innermost->frame.inner.get();
  }
  outermost = nullptr;
  calls::Frame::make(outermost_owner, size, nullptr);
  return outermost = outermost_owner.get();
} catch (const std::bad_alloc&) {
  return nullptr;
}

bool CallGate::serve_ocall(Lane& lane, calls::Message message) {
  if (message.kind != LaneMessage::kCall) return false;
  const calls::Arrived request = calls::arrived(area_, lane, message.offset);
  if (request.memory.empty()) return false;
  add_one(counts_[area_.index_of(lane)].ocalls);
  const size_t needed = request.arena_size();
  calls::Frame* frame = innermost == nullptr ? outermost : innermost->frame.inner.get();
  if (frame == nullptr || frame->size < needed) [[unlikely]]
    frame = make_frame(needed);
  if (frame == nullptr) [[unlikely]] {
    edge::refuse_call(request.memory, ErrorCode::kResourceExhausted,
                      "the application has no memory for the arguments of the ocall");
    return true;
  }
  frame->carry(request.memory, request.request_size);
  const Chain chain(this, &lane, *frame);
  if (ocalls_) [[likely]] {
    ocalls_(frame->call);
  } else {
    static constexpr edge::Interface kNothing{"", 0, {}};
    edge::serve_ocall(frame->call, kNothing, nullptr);
  }
  return true;
}

}  // namespace strongroom::host
