// How an enclave ended, as its backend saw it.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/host_interface.h"

namespace strongroom::tee {

enum class EndKind : uint32_t {
  kExited = 0,   // the program ended with `status`
  kAborted = 1,  // the enclave ended itself: `cause`, `message`
  kFailed = 2,   // the TEE failed: `message` says how
};

struct EnclaveEnd {
  EndKind kind = EndKind::kFailed;
  int32_t status = 0;  // of kAborted: the signal that it stands for, or 0
  kernel::AbortCause cause = kernel::AbortCause::kUnknown;
  uint64_t address = 0;         // of the instruction: an offset in the enclave where it lies there
  uint64_t access_address = 0;  // what a fault wanted, or kernel::kNoAccessAddress
  std::string message{};        // printable ASCII
};

// What a report from inside the enclave may look like on a terminal: printable characters only, and not too
// many.
std::string printable(std::string_view text, size_t limit = 512);

}  // namespace strongroom::tee
