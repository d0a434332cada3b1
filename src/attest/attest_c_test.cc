#include <gtest/gtest.h>

#include "attest/attest_c_use.h"
#include "attest/testing/amd_world.h"

namespace strongroom::attest::testing {
namespace {

TEST(AttestC, CarriesAVerificationOutForACProgramAndForItsThreads) {
  const AmdSpec spec = good_amd(2, "Milan", false);
  const auto made = build(spec);
  std::string chain;
  for (const auto& [name, certificate] : made->files) chain += pem(certificate);
  const Bytes measurement(spec.report.begin() + 0x90, spec.report.begin() + 0xc0);
  const MadeEvidence evidence = {made->evidence.data(),
                                 made->evidence.size(),
                                 as_bytes(chain).data(),
                                 chain.size(),
                                 made->options.extra_roots.front().key_fingerprint.data(),
                                 measurement.data(),
                                 made->options.time.time_since_epoch().count()};
  use_attest_c(&evidence);
}

}  // namespace
}  // namespace strongroom::attest::testing
