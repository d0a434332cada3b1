// A TPM of one's own for tests: attestation key, its certificate, firmware's event log, quotes. Test code
// only.
#pragma once

#include <functional>
#include <map>

#include "attest/testing/pki.h"
#include "attest/tpm/event_log.h"
#include "strongroom/attest.h"

namespace strongroom::attest::testing {

struct LoggedEvent {
  uint32_t index = 0, type = 0;
  Bytes data;
  // What is measured instead of the data; the same for every bank.
  std::optional<Bytes> measured;
};

Bytes utf16(std::string_view text);
// UEFI_VARIABLE_DATA.
Bytes uefi_variable(std::string_view name, ByteView value);
// EFI_SIGNATURE_LIST with one entry; `x509`: a certificate, else a SHA-256.
Bytes signature_list(bool x509, ByteView entry);
// What a firmware logs, with Secure Boot on.
std::vector<LoggedEvent> good_events();
// The crypto-agile log of these events in the SHA-256 bank, or of both SHA-1 and SHA-256.
Bytes event_log_of(const std::vector<LoggedEvent>& events, const std::vector<uint16_t>& banks);
// A CCEL: SHA-384 alone, for RTMRs.
Bytes runtime_log_of(const std::vector<LoggedEvent>& events);
// Computed apart from the code under test.
tpm::PcrBanks pcrs_of(const std::vector<LoggedEvent>& events, const std::vector<uint16_t>& banks,
                      bool all_pcrs);

struct TpmSpec {
  Time now;
  Key::Kind key_kind = Key::Kind::kRsa2048;
  uint32_t attributes =
      0x00050072;  // fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign
  std::vector<LoggedEvent> events;
  std::vector<uint16_t> banks = {tpm::kAlgSha256};
  Bytes extra_data = Bytes(20, 0x77);
  std::vector<unsigned> selected = {0, 1, 2, 3, 4, 5, 6, 7};
  std::function<void(tpm::PcrBanks&)> change_pcrs_sent, change_pcrs_quoted;
  std::function<void(Bytes&)> change_message_before_signing, change_message, change_signature, change_log,
      change_public;
  std::function<void(std::string&)> change_json;
  std::optional<Bytes> raw_evidence;
  bool send_log = true, send_pcrs = true, send_public = true, send_certificate = true, send_signature = true;
  bool sign_with_other_key = false, certificate_of_other_key = false, certificate_by_other = false;
  bool trust_root = true, give_key = false, give_other_key = false, give_public_area = false;
  CertificateSpec root, authority, key;
  std::vector<uint64_t> authority_revokes;
  bool as_protobuf = false, bare = false;
  std::optional<Bytes> nonce;
};

struct TpmCase {
  Bytes evidence;
  Collateral collateral;
  VerificationOptions options;
};

TpmSpec good_tpm();
std::unique_ptr<TpmCase> build(const TpmSpec& spec);

}  // namespace strongroom::attest::testing
