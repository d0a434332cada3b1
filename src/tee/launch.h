// What every backend needs to launch an enclave.
#pragma once

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
  std::vector<std::string> arguments;    // argv[1..], as far as the image allows
  std::vector<std::string> environment;  // KEY=VALUE, as far as the image allows
};

// The bytes of kernel::StartBlock and its strings. kResourceExhausted when they do not fit into an exchange.
Result<Bytes> make_start_block(const LaunchRequest& request);

// A base for the enclave: a multiple of its size and of 4 GiB, chosen at random where neither program nor
// monitor lie.
uint64_t choose_base(uint64_t enclave_size);

// Runs an enclave to its end in the calling process, which must have a single thread and is not good for
// anything else afterwards. `missing` takes warnings: protections that this machine lacks, one sentence each.
EnclaveEnd run_in_process(const PreparedImage& image, const LaunchRequest& request, Streams streams,
                          std::vector<std::string>& missing);
EnclaveEnd run_in_vm(const PreparedImage& image, const LaunchRequest& request, Streams streams,
                     std::vector<std::string>& missing);

}  // namespace strongroom::tee
