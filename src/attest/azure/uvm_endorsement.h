// Microsoft's word for the utility VM of Azure Container Instances: a COSE_Sign1 with the certificate chain
// of its signer (RFC 9360, x5chain) over a JSON object that names the launch measurement and its security
// version ("Confidential containers on Azure Container Instances", UVM endorsements; the issuer is a
// did:x509, https://github.com/microsoft/did-x509).
#pragma once

#include <string>

#include "attest/cose.h"
#include "attest/format.h"

namespace strongroom::attest::azure {

struct UvmEndorsement {
  CoseSign1 envelope;
  std::vector<crypto::Certificate> chain;  // leaf first
  std::string issuer, feed;
  Bytes launch_measurement;  // 48 bytes
  uint64_t svn = 0;
};

bool looks_like_uvm_endorsement(ByteView bytes);
Result<UvmEndorsement> parse_uvm_endorsement(ByteView bytes);

// "uvm.signature", "uvm.chain", "uvm.purpose", "uvm.validity", and the claims "uvm.feed" and "uvm.svn". That
// its certificate has expired since is a warning: what it endorsed has not changed.
void judge_uvm_endorsement(const UvmEndorsement& endorsement, const VerificationOptions& options,
                           Assessment& assessment);

// By itself it is shown authentic or not, and never accepted: it is about no machine.
extern const EvidenceFormat kUvmEndorsementFormat;

}  // namespace strongroom::attest::azure
