#include "attest/azure/uvm_endorsement.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/certificate_chain.h"
#include "attest/json.h"
#include "base/encoding.h"
#include "crypto/chain.h"
#include "crypto/der.h"

namespace strongroom::attest::azure {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;
constexpr int64_t kHeaderChain = 33;  // RFC 9360, section 2
constexpr size_t kMaximumChain = 8;
constexpr const char* kExtendedKeyUsage = "2.5.29.37";
// What Microsoft's certificates for this are issued for, as the issuer of every endorsement says.
constexpr const char* kPurpose = "1.3.6.1.4.1.311.76.59.1.2";
constexpr std::string_view kMeasurement = "x-ms-sevsnpvm-launchmeasurement", kSvn = "x-ms-sevsnpvm-guestsvn";

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "UVM endorsement: " + std::move(why));
}

Result<std::vector<crypto::Certificate>> read_chain(const CborItem& header) {
  const CborItem* list = header.find(kHeaderChain);
  if (list == nullptr || list->type != CborType::kArray || list->items.empty() ||
      list->items.size() > kMaximumChain)
    return malformed("the protected header has no chain of up to 8 certificates");
  std::vector<crypto::Certificate> chain;
  for (const CborItem& item : list->items) {
    if (item.type != CborType::kBytes) return malformed("a certificate is no byte string");
    chain.push_back(TRY_IN("UVM endorsement", crypto::Certificate::from_der(item.string())));
  }
  return chain;
}

Result<void> read_payload(ByteView payload, UvmEndorsement& out) {
  const nlohmann::json object = TRY_IN("UVM endorsement", parse_json(payload));
  out.launch_measurement =
      TRY_IN("UVM endorsement", from_hex(TRY_IN("UVM endorsement", json_text(object, kMeasurement))));
  if (out.launch_measurement.size() != 48) return malformed("the launch measurement has not 48 bytes");
  const std::string svn = TRY_IN("UVM endorsement", json_text(object, kSvn));
  if (svn.empty() || svn.size() > 9 ||
      !std::all_of(svn.begin(), svn.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return malformed("the SVN is no number");
  out.svn = std::stoull(svn);
  return {};
}

Result<void> is_for_this(const crypto::Certificate& leaf) {
  const auto extension = leaf.extension(kExtendedKeyUsage);
  if (!extension) return fail(ErrorCode::kVerificationFailed, "the certificate names no purpose");
  crypto::DerReader outer(*extension);
  crypto::DerReader purposes(TRY(outer.expect(crypto::kDerSequence, "extended key usage")));
  while (!purposes.at_end()) {
    const ByteView purpose = TRY(purposes.expect(crypto::kDerObjectIdentifier, "purpose"));
    if (TRY(crypto::der_object_identifier(purpose, "purpose")) == kPurpose) return {};
  }
  return fail(ErrorCode::kVerificationFailed,
              fmt::format("the certificate is not for the purpose {}", kPurpose));
}

void judge(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto endorsement = parse_uvm_endorsement(bytes);
  if (!endorsement) {
    assessment.malformed(endorsement.error());
    return;
  }
  assessment.pass(Concern::kForm, "form", "the endorsement has the form that Microsoft gives it");
  assessment.result.claims.measurement = endorsement->launch_measurement;
  if (options == nullptr) return;
  judge_uvm_endorsement(*endorsement, *options, assessment);
  assessment.miss(Concern::kGuard, "evidence",
                  "an endorsement is about no machine: the report of one is needed");
}

}  // namespace

bool looks_like_uvm_endorsement(ByteView bytes) {
  if (bytes.size() < 64 || bytes[0] != 0xd2 || bytes[1] != 0x84) return false;
  return as_text(bytes).find(kMeasurement) != std::string_view::npos &&
         as_text(bytes.first(std::min<size_t>(bytes.size(), 16384))).find("did:x509:") !=
             std::string_view::npos;
}

Result<UvmEndorsement> parse_uvm_endorsement(ByteView bytes) {
  UvmEndorsement out;
  out.envelope = TRY_IN("UVM endorsement", parse_cose_sign1(bytes));
  const CborItem header = TRY_IN("UVM endorsement", parse_cbor(out.envelope.protected_header));
  out.chain = TRY(read_chain(header));
  out.issuer = TRY_IN("UVM endorsement", cbor_text(header, "iss"));
  out.feed = TRY_IN("UVM endorsement", cbor_text(header, "feed"));
  TRY(read_payload(out.envelope.payload, out));
  return out;
}

void judge_uvm_endorsement(const UvmEndorsement& endorsement, const VerificationOptions& options,
                           Assessment& assessment) {
  const crypto::Certificate& leaf = endorsement.chain.front();
  assessment.judge(kAuthenticity, "uvm.signature",
                   verify_cose_sign1(endorsement.envelope, leaf.key(), kCosePs384),
                   fmt::format("the key of {} signed the endorsement", leaf.subject()));
  const bool chained = judge_chain(leaf, endorsement.chain,
                                   {.roots = trusted_roots(Vendor::kMicrosoft, options),
                                    .chain = "uvm.chain",
                                    .validity = "uvm.validity",
                                    .revocation = "",
                                    .about = "its signer",
                                    .valid = "the signer's certificates are valid at the chosen time",
                                    .kept = "uvm",
                                    .claims_root = false,
                                    .may_expire = true},
                                   options, assessment)
                           .has_value();
  if (!chained) return;
  assessment.judge(kAuthenticity, "uvm.purpose", is_for_this(leaf),
                   "the signer's certificate is for such endorsements");
  assessment.result.claims.vendor["uvm.feed"] = endorsement.feed;
  assessment.result.claims.vendor["uvm.svn"] = endorsement.svn;
}

constinit const EvidenceFormat kUvmEndorsementFormat = {
    "uvm-endorsement", "Microsoft's endorsements of the VMs of Azure Container Instances",
    looks_like_uvm_endorsement, decode_by<judge>, verify_by<judge>};

}  // namespace strongroom::attest::azure
