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

  Result<std::span<uint8_t>> acquire(const edge::CallInfo& info, size_t size) override;
  void release(std::span<uint8_t> memory) noexcept override;
  Result<void> call(const edge::CallInfo& info, std::span<uint8_t> memory, size_t request_size,
                    size_t named) override;
  [[nodiscard]] std::span<const uint8_t> nameable() const override { return area_.host_heap(); }
  // Room for arguments that calls only name; release() gives it back.
  Result<std::span<uint8_t>> lend(size_t size);

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
  Result<uint32_t> claim_lane();
  std::optional<uint32_t> claim_free_lane();
  Result<void> wait_until_served();
  void release_lane(uint32_t index);
  void wake_who_waits();
  // The lane of this thread's innermost call into this enclave; nullptr while there is none.
  [[nodiscard]] calls::Lane* own_lane() const;
  Result<void> call_by(uint32_t lane, const calls::Request& request);
  Result<void> call_by_any_lane(const calls::Request& request);
  Result<void> converse(calls::Lane& lane, const calls::Request& request);
  Result<void> listen(calls::Lane& lane, bool must_wake);
  std::optional<Result<void>> call_switchless(const calls::Request& request);
  void work_switchless();
  // Of the call that came with the lane. False: the enclave broke the protocol.
  bool serve_ocall(const calls::Lane& lane);
  [[nodiscard]] uint32_t index_of(const calls::Lane& lane) const;
  Error ended() const;

  SharedMapping mapping_;
  calls::Area area_;
  calls::Heap heap_;
  ServeOcall ocalls_;
  calls::SpinBudget& spinning_;
  std::atomic<uint64_t> free_lanes_{~uint64_t{0}};
  std::atomic<bool> dead_{false};
  mutable std::mutex mutex_;  // guards error_; and for waiting for a lane
  std::condition_variable lane_freed_;
  std::atomic<uint32_t> waiting_{0};
  std::optional<Error> error_;
  calls::LanePool pool_;
  // Where the enclave broke the protocol. Like the next, written by the thread that has the lane.
  std::array<std::atomic<bool>, calls::kLanes> broken_{};
  std::array<Counts, calls::kLanes> counts_;
  std::vector<std::thread> workers_;

  static thread_local Chain* innermost;
};

}  // namespace strongroom::host
