// The PKI of the emulated platform, for tests: made at its first use by each user, so that no two users share
// a root that one of them might trust. Its certificates say in their names what they are.
#pragma once

#include <filesystem>

#include "crypto/signing_key.h"

namespace strongroom::sgx {

inline constexpr uint16_t kEmulatedPceSvn = 1;

// What quotes are made with. Only this key is kept: those of root, authority, platform (PCK) and TCB
// documents are thrown away once they have signed.
struct TestPki {
  crypto::SigningKey attestation_key;
  Bytes certification;  // what follows the attestation key in a quote, with the PCK's chain
};

// Where it is kept: "sgx-emulator" in STRONGROOM_STATE, $XDG_STATE_HOME/strongroom or
// ~/.local/state/strongroom.
Result<std::filesystem::path> default_pki_directory();

// Opens what is there, or makes it: for relying parties `root.pem`, and `collateral/`, as Intel's PCS would
// give it; for quotes `attestation-key.pem` (mode 0600) and `certification.bin`. Valid for twenty years.
// Processes that make it at once agree on one.
Result<TestPki> open_test_pki(const std::filesystem::path& directory);

}  // namespace strongroom::sgx
