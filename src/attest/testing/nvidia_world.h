// An NVIDIA of one's own for tests: device and RIM authorities, reports, manifests. Test code only.
#pragma once

#include <functional>
#include <map>

#include "attest/testing/pki.h"
#include "strongroom/attest.h"

namespace strongroom::attest::testing {

struct RimSpec {
  std::string version;
  std::map<unsigned, std::vector<Bytes>> measurements;  // by index in the manifest, from 0
  std::optional<std::string> reference_uri = "";        // of the signature; nullopt leaves it out
  std::string transforms;                               // the default is good
  std::string method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
  std::string prolog, before_signature;
  std::function<void(std::string&)> change_after_signing;
  bool sign_with_other_key = false, signer_by_other = false;
  CertificateSpec signer;
};

struct NvidiaSpec {
  Time now;
  std::map<unsigned, Bytes> measurements;  // by SPDM index, from 1
  Bytes nonce = Bytes(32, 0x77);
  std::string driver_version = "550.1";
  Bytes vbios_version = {0x00, 0x5e, 0x00, 0x96, 0x01, 0, 0, 0};
  std::optional<Bytes> firmware_id = Bytes(48, 0xf1), certified_firmware_id = Bytes(48, 0xf1);
  std::optional<uint8_t> decoder_status;
  std::function<void(Bytes&)> change_request_before_signing, change_opaque, change_record, change_report,
      change_before_signing;
  bool sign_with_other_key = false, leaf_by_other = false, trust_roots = true, send_certificates = true;
  CertificateSpec root, authority, leaf;
  std::vector<std::string> chain = {"leaf", "authority", "root"};  // the order in the evidence
  std::vector<uint64_t> authority_revokes, root_revokes;           // with any, both lists are given
  RimSpec driver, vbios;
  bool send_driver = true, send_vbios = true, as_json = true;
  unsigned devices = 1;
  std::function<void(std::string&)> change_json;
  std::optional<Bytes> nonce_wanted;
};

struct NvidiaCase {
  Bytes evidence;
  Collateral collateral;
  VerificationOptions options;
};

NvidiaSpec good_nvidia();
std::unique_ptr<NvidiaCase> build(const NvidiaSpec& spec);
// A signed manifest of this PKI.
std::string manifest(const RimSpec& spec, Time now);

}  // namespace strongroom::attest::testing
