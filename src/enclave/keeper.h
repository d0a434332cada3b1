// The way from the program to its keeper.
#pragma once

#include "arch/keeper_link.h"
#include "arch/report_format.h"

namespace strongroom::enclave {

class Keeper {
 public:
  virtual ~Keeper() = default;
  // Body of a request -> body of its answer (arch/keeper_link.h). Thread safe.
  virtual Result<Bytes> ask(ByteView request) = 0;
};

// The keeper that launched this enclave; or, in tests, the one that was put in its place.
Keeper& keeper();
// For tests: nullptr brings back the real one. Not thread safe.
void substitute_keeper(Keeper* keeper);

// Asks, and yields what follows the status of the answer; a refusal is an error.
Result<Bytes> ask_keeper(arch::KeeperRequest kind, ByteView arguments);

// The body of a report about this enclave. What it says of the enclave never changes, and is asked for once.
Result<arch::ReportBody> own_description();

}  // namespace strongroom::enclave
