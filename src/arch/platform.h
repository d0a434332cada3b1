// The platform under software-isolated enclaves: what a processor keeps in fuses and registers for EGETKEY
// and EREPORT. On SGX the CPU holds all this; here it belongs to the keeper daemon (and to the SGX emulator),
// and must not leave it.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"

namespace strongroom::arch {

using CpuSvn = std::array<uint8_t, 16>;
using OwnerEpoch = std::array<uint8_t, 16>;
using KeyId = std::array<uint8_t, 32>;

// Two independent secrets, as a processor has: `device_key` stands behind every key; `seal_fuses`, which a
// maker of processors forgets, goes into every key but the provisioning key.
struct PlatformSecret {
  std::array<uint8_t, 32> device_key;
  std::array<uint8_t, 32> seal_fuses;
};

// Derives both secrets from one of at least 32 random bytes. Different domains (for instance one for each
// TEE) give unrelated platforms: nothing sealed on one opens on the other.
PlatformSecret derive_platform_secret(ByteView master, std::string_view domain);

struct Platform {
  PlatformSecret secret;
  // CR_SGXOWNEREPOCH: changed when the machine changes its owner; all seal and report keys change with it.
  OwnerEpoch owner_epoch;
  // CR_CPUSVN, the security version of the platform: 16 components, each of which only grows. The
  // architecture keeps its inner form to itself; ours is that of the TCB components of Intel's attestation
  // collateral.
  CpuSvn cpu_svn;
  // CR_REPORT_KEYID: random, new at each start of the platform, against wear-out of report keys.
  KeyId report_key_id;
};

// Whether a request for `requested` goes beyond the platform's `current`: one larger component suffices.
bool is_beyond(const CpuSvn& requested, const CpuSvn& current);

}  // namespace strongroom::arch
