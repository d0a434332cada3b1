// The host's side of an enclave's calls (kernel/host_interface.h): what a backend does with an exchange that
// was handed over.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/bytes.h"
#include "kernel/host_interface.h"
#include "tee/console_log.h"
#include "tee/enclave_end.h"

namespace strongroom::tee {

// Descriptors; -1: none.
struct Streams {
  int input = -1;
  int output = -1;
  int error = -1;
  // A socket (SOCK_SEQPACKET) to the process that holds the platform's secret, or -1. The first packet from
  // there is the launch secret, which goes into the enclave's memory and nowhere else; then an answer follows
  // each request.
  int keeper = -1;
  // What goes to `error` is kept here as well; null: nowhere. Outlives the services.
  ConsoleLog* log = nullptr;
};

// What only one kind of TEE can do. Called from the thread of the slot that asks. Results as in the host
// interface; every default refuses with -ENOSYS.
class TeeCalls {
 public:
  virtual ~TeeCalls() = default;
  virtual int64_t start_thread(uint32_t slot);
  virtual int64_t park(uint32_t slot, int64_t timeout_ns);
  virtual int64_t unpark(uint32_t slot);
  virtual int64_t flush(uint32_t slot);
  // Of the enclave's own pages alone: an offset outside is the driver's to refuse.
  virtual int64_t change_pages(uint64_t change, uint64_t offset, uint64_t size, uint64_t permissions);
  // Offsets are checked by who implements it: only he knows the call area.
  virtual int64_t call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns);
};

enum class CallOutcome {
  kAnswered,     // hand the exchange back
  kThreadEnded,  // this slot's thread is gone
  kEnclaveEnded,
};

// Serves one enclave. The enclave's word is not trusted either: slots, streams and lengths are checked.
// Thread safe: each slot has its own exchange, and the first end that is reported counts.
class HostServices {
 public:
  // `calls` outlives the services.
  HostServices(uint32_t slots, TeeCalls& calls) : slots_(slots), calls_(calls) {}

  // What the program is started with: kernel::StartBlock and its strings, and streams that outlive the
  // services. An enclave that asks earlier waits. Call it once.
  void start(Bytes start_block, Streams streams);
  // Before start(): has the enclave warm up when it asks, and waits until it has. False: it has ended
  // instead.
  [[nodiscard]] bool wait_until_warm();

  // Reads the call from the exchange, serves it and writes the result. The payload that the enclave gave is
  // wiped.
  CallOutcome serve(uint32_t slot, kernel::Exchange& exchange);

  // Records an end that the backend itself found.
  void report(EnclaveEnd end);
  // What was reported first.
  [[nodiscard]] EnclaveEnd end() const;

 private:
  int64_t write_console(kernel::Exchange& exchange, uint64_t stream, uint64_t length);
  int64_t read_console(kernel::Exchange& exchange, uint64_t stream, uint64_t capacity);
  int64_t poll_console(uint64_t mask, int64_t timeout_ns);
  int64_t write_trace(kernel::Exchange& exchange, uint64_t length);
  int64_t answer_start(uint32_t slot, kernel::Exchange& exchange);
  int64_t ask_keeper(kernel::Exchange& exchange, uint64_t length);

  Streams streams_{};
  uint32_t slots_;
  TeeCalls& calls_;
  std::mutex keeper_mutex_;  // held from a request to its answer
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Bytes> start_block_;
  uint32_t start_calls_ = 0;
  bool warmth_wanted_ = false;
  bool ended_ = false;
  EnclaveEnd end_;
};

}  // namespace strongroom::tee
