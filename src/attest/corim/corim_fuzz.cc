// Whatever the bytes are: an error, or a policy that parses.
#include <cstdlib>

#include "attest/corim/import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::attest;
  CorimImport import;
  import.tee = "tdx";
  import.insecure_unverified = import.insecure_partial = true;
  if (const auto policy = import_corim({data, size}, import); policy && !Policy::parse(*policy, "fuzz"))
    std::abort();
  return 0;
}
