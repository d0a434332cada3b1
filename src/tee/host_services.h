// The host's side of an enclave's calls (kernel/host_interface.h): what a backend does with an exchange that
// was handed over.
#pragma once

#include <functional>
#include <mutex>

#include "kernel/host_interface.h"
#include "tee/enclave_end.h"

namespace strongroom::tee {

struct Streams {
  int input = 0;
  int output = 1;
  int error = 2;
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
  // `calls` and the descriptors outlive the services.
  HostServices(Streams streams, uint32_t slots, TeeCalls& calls)
      : streams_(streams), slots_(slots), calls_(calls) {}

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

  Streams streams_;
  uint32_t slots_;
  TeeCalls& calls_;
  mutable std::mutex mutex_;
  bool ended_ = false;
  EnclaveEnd end_;
};

}  // namespace strongroom::tee
