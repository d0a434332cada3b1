// What every backend needs to launch an enclave.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tee/enclave_end.h"
#include "tee/host_services.h"
#include "tee/platform.h"
#include "tee/prepared_image.h"

namespace strongroom::tee {

struct LaunchRequest {
  TeeKind tee = TeeKind::kProcess;
  bool trace = false;   // name unserved system calls on the error stream
  bool strict = false;  // refuse to run where a protection of the TEE is missing
  bool debug = false;   // ATTRIBUTES.DEBUG: debuggers may attach, and nothing is protected from them
  bool wait_for_debugger = false;          // stop before the first instruction until one attaches
  std::vector<std::string> arguments{};    // argv[1..], as far as the image allows
  std::vector<std::string> environment{};  // KEY=VALUE, as far as the image allows
};

// The bytes of kernel::StartBlock and its strings. kResourceExhausted when they do not fit into an exchange.
Result<Bytes> make_start_block(const LaunchRequest& request);

// A base for the enclave: a multiple of its size and of 4 GiB, chosen at random where neither program nor
// monitor lie.
uint64_t choose_base(uint64_t enclave_size);

// What the launcher wants to hear of an enclave, and how it stops one.
struct LaunchObserver {
  // A socket. When its peer closes, the enclave is ended.
  int kill_switch = -1;
  // Called once, when the process that holds the enclave exists. `warnings`: protections that this machine
  // lacks, one sentence each.
  std::function<void(int process_id, const std::vector<std::string>& warnings)> started;
};

// Runs an enclave to its end in the calling process, which must have a single thread and is not good for
// anything else afterwards: threads may still be inside blocking calls. An error means that the enclave never
// ran.
Result<EnclaveEnd> run_in_process(const PreparedImage& image, const LaunchRequest& request, Streams streams,
                                  const LaunchObserver& observer);
Result<EnclaveEnd> run_in_vm(const PreparedImage& image, const LaunchRequest& request, Streams streams,
                             const LaunchObserver& observer);

// Starts a thread that calls `end` when the peer of the socket closes. It runs for the rest of the process.
void watch_kill_switch(int socket, std::function<void()> end);

}  // namespace strongroom::tee
