// NVIDIA's reference integrity manifests: SWID tags (ISO/IEC 19770-2) in TCG's RIM profile, signed by XML
// Signature (W3C, xmldsig-core1), that say which measurements a driver or VBIOS of one version has.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "attest/assessment.h"
#include "base/bytes.h"
#include "crypto/certificate.h"

namespace strongroom::attest::nvidia {

struct Rim {
  std::string version;  // colloquialVersion
  std::string product, edition;
  std::map<unsigned, std::vector<Bytes>>
      measurements;                               // by SPDM index, from 1: any of these; active ones alone
  std::vector<crypto::Certificate> certificates;  // of KeyInfo
};

bool looks_like_rim(ByteView bytes);

// kMalformed where it is no such document, has a DOCTYPE, or not exactly one signature below its root. What
// it says is not yet believed.
Result<Rim> parse_rim(ByteView xml);

// The one signature covers the whole document, by ECDSA with SHA-384 under the key of `signer`. Only the
// enveloped-signature transform and canonical XML 1.1 are let through, and only a reference to "": a
// signature of a part, or of something else, is none.
Result<void> verify_rim_signature(ByteView xml, const crypto::Certificate& signer);

// Signature, chain to NVIDIA's RIM root, validity, revocation; the checks' names begin with `prefix`. Returns
// whether the RIM is to be believed.
bool judge_rim(ByteView xml, const Rim& rim, std::string_view prefix, const VerificationOptions& options,
               Assessment& assessment);

}  // namespace strongroom::attest::nvidia
