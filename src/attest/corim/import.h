// Policies out of CoRIMs: every reference triple becomes an [[allow]] rule.
#pragma once

#include <optional>
#include <string>

#include "attest/corim/corim.h"
#include "strongroom/attest.h"

namespace strongroom::attest {

struct CorimImport {
  std::string tee;                   // for environments that do not tell theirs; empty: none
  Time time{};                       // the CoRIM must be valid then
  const Collateral* keys = nullptr;  // public keys and certificates, one of which signed it; not owned
  bool insecure_unverified = false;  // take a signed one without a key to check it with
  bool insecure_partial = false;  // leave out conditions that policies cannot express: the rule accepts more
};

// A policy (TOML) that accepts what the reference values describe; it parses by Policy::parse(). What the
// CoRIM demands and a policy cannot say is an error, for a condition that is dropped lets more in.
//   digests without a key            measurement
//   keys "measurement", "signer", "mrenclave", "mrtd", "mrsigner", "report_data"   what they say
//   other text keys with a dot       the vendor's claim of that name ("tdx.rtmr0", "nitro.pcr3")
//   integrity-registers              tdx.rtmrN, nitro.pcrN, tpm.pcrN by the TEE
//   svn (tag 553)                    minimum_svn
//   class 1.3.6.1.4.1.3704.3.1 and .2 (AMD's profile, draft-deeglaze-amd-sev-snp-corim-profile-02): sev-snp,
//   with its numbered keys
// kVerificationFailed: signature or validity; kUnsupported: what cannot be expressed.
Result<std::string> import_corim(ByteView corim, const CorimImport& import);

}  // namespace strongroom::attest
