// UEFI's Secure Boot as an event log tells it: whether it was on, and whose signatures it took. TCG, PC
// Client Platform Firmware Profile, section 10.2.6 (UEFI_VARIABLE_DATA); UEFI 2.10, section 32.4.1
// (EFI_SIGNATURE_LIST).
#pragma once

#include <string>
#include <vector>

#include "attest/tpm/event_log.h"

namespace strongroom::attest::tpm {

struct SecureBoot {
  bool enabled = false;
  // What the variables hold, an entry each: "sha256:..." of a certificate's DER, "hash:..." of a program.
  std::vector<std::string> platform_key, key_exchange, allowed, forbidden;  // PK, KEK, db, dbx
  // The entries that programs were let in by, in order.
  std::vector<std::string> authorities;
};

// Believes only what was measured: the digest of each event must be that of its data, and configuration
// counts only before the firmware's separator, because what comes after it anyone could have logged.
// kNotFound where the log tells nothing of Secure Boot, kVerificationFailed where it contradicts itself,
// kMalformed where a variable breaks its form. Whether the log itself is to be believed is for its replay to
// say.
Result<SecureBoot> read_secure_boot(const EventLog& log);

// More than one separator in a PCR of the firmware (0 to 7): something after the firmware has pretended to be
// it. Empty where there is none; otherwise says where. CCELs share registers, and may have several.
std::string doubled_separators(const EventLog& log);

}  // namespace strongroom::attest::tpm
