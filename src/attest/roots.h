// The vendors' root keys: SHA-256 fingerprints of their SubjectPublicKeyInfo, with the source of each.
#pragma once

#include <span>
#include <vector>

#include "crypto/chain.h"
#include "strongroom/attest.h"

namespace strongroom::attest {

enum class Vendor { kIntel, kAmd, kAws, kNvidiaDevice, kNvidiaRim, kTpm, kMicrosoft };

// The vendor's pinned roots, and the extra ones of the options.
std::vector<crypto::TrustedKey> trusted_roots(Vendor vendor, const VerificationOptions& options);

// One of the names of the vendors' own roots.
bool is_pinned_root(std::string_view name);

}  // namespace strongroom::attest
