// What every backend needs to launch an enclave.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
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
  uint64_t call_area_size = 0;             // bytes; 0: no call area
  // The memory that the application shares with the enclave: a file of so many bytes, sealed against any
  // other size (create_call_area), or -1. Of the process that makes the enclave; it does not travel.
  int call_area = -1;
  int keeper = -1;     // Streams::keeper, for the launch secret; no part of a message
  bool ahead = false;  // made before it is wanted, so that nobody waits for it; no part of a message
};

// The bytes of kernel::StartBlock and its strings. kResourceExhausted when they do not fit into an exchange.
Result<Bytes> make_start_block(const LaunchRequest& request);

// A base for the enclave: a multiple of its size and of 4 GiB, chosen at random where neither program nor
// monitor lie.
uint64_t choose_base(uint64_t enclave_size);

// What the launcher wants to hear of an enclave, and how it stops one.
struct LaunchObserver {
  // Sockets. When a peer closes, the enclave is ended.
  std::vector<int> kill_switches{};
  // Called once, when the process that holds the enclave exists. `warnings`: protections that this machine
  // lacks, one sentence each.
  std::function<void(int process_id, const std::vector<std::string>& warnings)> started;
};

// An enclave that is made and entered, and whose kernel waits for what the program is started with. The
// process that holds it has a single thread when it makes one, and is not good for anything else afterwards:
// threads may still be inside blocking calls.
class ReadyEnclave {
 public:
  virtual ~ReadyEnclave() = default;
  // Waits until the enclave has nothing left to do ahead of its start. For an enclave that is made before it
  // is wanted.
  virtual Result<void> warm_up() = 0;
  // Gives up what the holder needs no more, starts the program and waits for its end. When that is told, no
  // code of the enclave runs any more, and its memory is flushed or nobody can keep it from being flushed. An
  // error means that the program never ran. Call it once.
  virtual Result<EnclaveEnd> run(const LaunchRequest& request, Streams streams,
                                 const LaunchObserver& observer) = 0;
  // After run(): waits until the machine has taken the enclave's memory back, where that goes on without
  // anybody's doing after the end.
  virtual void wait_until_gone() {}
};

// Of the request only `tee`, `debug`, `wait_for_debugger`, `keeper`, `ahead` and the call area matter yet.
// `image` outlives the enclave.
Result<std::unique_ptr<ReadyEnclave>> make_ready_in_process(const PreparedImage& image,
                                                            const LaunchRequest& request);
Result<std::unique_ptr<ReadyEnclave>> make_ready_in_vm(const PreparedImage& image,
                                                       const LaunchRequest& request);
Result<std::unique_ptr<ReadyEnclave>> make_ready_in_sgx(const PreparedImage& image,
                                                        const LaunchRequest& request);
Result<std::unique_ptr<ReadyEnclave>> make_ready(const PreparedImage& image, const LaunchRequest& request);

// Finds out once what every enclave of this TEE needs to know of the machine. For a process that forks those
// that hold enclaves: they inherit it.
void learn_machine(TeeKind tee);

// A file of so many bytes that can neither grow nor shrink; none for 0. kInvalidArgument where the size is no
// multiple of the page size or larger than arch::kMaximumCallArea.
Result<FileDescriptor> create_call_area(uint64_t size);

// Starts a thread that calls `end` when the peer of one of the sockets closes. It runs for the rest of the
// process.
void watch_kill_switches(const std::vector<int>& sockets, std::function<void()> end);

}  // namespace strongroom::tee
