// The application's end of the calls of one enclave: over the call area (calls/area.h), straight to the
// enclave's threads; the keeper is not on the way.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/file.h"
#include "calls/frame.h"
#include "calls/heap.h"
#include "calls/message.h"
#include "calls/pool.h"
#include "strongroom/edge/serve.h"
#include "strongroom/host.h"

namespace strongroom::host {

// Memory that is shared with another process.
class SharedMapping {
 public:
  // kMalformed where the file is not `size` bytes for good: access could fail later.
  static Result<SharedMapping> map(int file, size_t size);
  SharedMapping(SharedMapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SharedMapping& operator=(SharedMapping&&) = delete;
  ~SharedMapping();
  [[nodiscard]] std::span<uint8_t> bytes() const { return bytes_; }

 private:
  explicit SharedMapping(std::span<uint8_t> bytes) : bytes_(bytes) {}
  std::span<uint8_t> bytes_;
};

// Thread safe. The enclave's word is not believed: offsets and sizes are checked, and a lane on which the
// enclave broke the protocol is not used again.
class CallGate : public edge::CallTransport {
 public:
  // `switchless_workers`: threads of the application that take switchless ocalls.
  CallGate(SharedMapping mapping, ServeOcall ocalls, uint32_t switchless_workers);
  // After end(). Waits for the switchless workers, and so for the functions of the application that they run.
  ~CallGate() override;

  edge::Loan acquire(const edge::CallInfo& info, size_t size) override;
  void release(edge::Loan loan) noexcept override;
  bool call(const edge::CallInfo& info, edge::Loan loan, size_t request_size, size_t named) override;
  Error failure() override;
  [[nodiscard]] std::span<const uint8_t> nameable() const override { return area_.host_heap(); }
  // Room for arguments that calls only name; give_back() takes it.
  Result<std::span<uint8_t>> lend(size_t size);
  void give_back(std::span<uint8_t> lent) { heap_.give(lent); }

  // Every call that is under way or made later fails with this error. Once; later errors are dropped.
  void end(Error error);
  [[nodiscard]] CallMetrics metrics() const;
  // Makes the enclave's serve() return when the calls that are under way are over.
  void stop_serving();

 private:
  struct Chain;
  struct Sleeper;
  struct alignas(64) Counts {
    std::atomic<uint64_t> ecalls{0}, ocalls{0};
  };
  edge::Loan acquire_otherwise(size_t size);
  [[nodiscard]] edge::Loan loan_in(uint32_t lane) const;
  // Whether the enclave has as many workers as it had when served_lanes_ was made of that.
  [[nodiscard]] bool knows_workers() const;
  void learn_workers();
  Result<uint32_t> claim_lane();
  std::optional<uint32_t> claim_free_lane();
  Result<void> wait_until_served();
  void release_lane(uint32_t index);
  void wake_who_waits();
  // The lane of this thread's innermost call into this enclave; nullptr while there is none.
  [[nodiscard]] calls::Lane* own_lane() const;
  // All as call() answers.
  bool call_otherwise(const edge::CallInfo& info, edge::Loan loan, size_t request_size, size_t named);
  bool call_by(uint32_t lane, const calls::Request& request);
  bool call_by_any_lane(const calls::Request& request);
  bool converse(calls::Lane& lane, const calls::Request& request, bool is_new);
  bool wake_and_listen(calls::Lane& lane, calls::Asleep worker);
  bool find_worker_and_listen(calls::Lane& lane, calls::Asleep worker);
  void wait_long(calls::Lane& lane, calls::Asleep worker);
  bool is_attended(calls::Lane& lane);
  bool listen(calls::Lane& lane);
  bool hear(calls::Lane& lane);
  // Serves the ocall that came with the lane, and all that follow before the call's answer.
  bool serve_until_return(calls::Lane& lane, calls::Message message);
  bool call_pooled(edge::Loan loan, size_t request_size, size_t named);
  // All: nothing where no worker took the call.
  std::optional<bool> call_switchless(const calls::Request& request);
  std::optional<bool> call_switchless_by(uint32_t place, const calls::Request& request);
  std::optional<bool> wait_for_worker(uint32_t place);
  void work_switchless();
  // For an ocall of the calling thread that needs so much private memory; nullptr where there is none.
  static calls::Frame* make_frame(size_t size);
  // Of the message that came with the lane. False: the enclave broke the protocol.
  bool serve_ocall(calls::Lane& lane, calls::Message message);
  // Whether this side calls by the lane, and any switchless worker of the enclave answers.
  static bool is_pooled(uint32_t place) { return place - calls::kEcallLanes < calls::kPooledLanes; }
  // Of such a lane; nullptr of others.
  [[nodiscard]] calls::Attendance* calls_by(const calls::Lane& lane) const;
  Error ended() const;
  // False, as call() answers.
  [[gnu::cold]] bool fail_ended();
  [[gnu::cold]] bool fail_broken(const calls::Lane& lane);

  SharedMapping mapping_;
  calls::Area area_;
  calls::Heap heap_;
  ServeOcall ocalls_;
  calls::SpinBudget& spinning_;
  std::atomic<uint64_t> free_lanes_{~uint64_t{0}};
  // What the enclave said last of its workers, and the lanes at which they wait, a bit each.
  std::atomic<uint32_t> known_workers_{0};
  std::atomic<uint64_t> served_lanes_{0};
  std::atomic<bool> dead_{false};
  mutable std::mutex mutex_;  // guards error_; and for waiting for a lane
  std::condition_variable lane_freed_;
  std::atomic<uint32_t> waiting_{0};
  std::optional<Error> error_;
  calls::LanePool pool_;
  // Where the enclave has not broken the protocol, a bit each; of pooled lanes, where it has.
  std::atomic<uint64_t> sound_lanes_{~uint64_t{0}};
  std::array<std::atomic<bool>, calls::kPooledLanes> broken_{};
  // Each written by the thread that has the lane.
  std::array<Counts, calls::kLanes> counts_;
  std::vector<std::thread> workers_;

  [[gnu::tls_model("initial-exec")]] static constinit thread_local Chain* innermost;
};

}  // namespace strongroom::host
