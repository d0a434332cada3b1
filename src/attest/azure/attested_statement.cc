#include "attest/azure/attested_statement.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/amd/snp_format.h"
#include "attest/azure/uvm_endorsement.h"
#include "attest/binding.h"
#include "attest/cose.h"
#include "base/cbor_writer.h"
#include "crypto/digest.h"
#include "crypto/pem.h"

namespace strongroom::attest::azure {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;
constexpr std::string_view kService = "attestedsvc";
constexpr int64_t kHeaderKeyId = 4;

struct Statement {
  CoseSign1 envelope;
  amd::SnpReport report;
  std::vector<crypto::Certificate> certificates;
  UvmEndorsement endorsement;
  crypto::PublicKey key;
  Bytes thumbprint;  // COSE_Key thumbprint (RFC 9679, section 3), SHA-256
  Bytes key_id;
};

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "attested statement: " + std::move(why));
}

// The required members alone, in deterministic order.
Result<Bytes> thumbprint_of(const CborItem& key) {
  cbor::Map members;
  for (const int64_t label : {1, -1, -2, -3}) {
    const CborItem* item = key.find(label);
    if (item == nullptr) return malformed("the key lacks a member");
    members.set(label, to_bytes(item->raw));
  }
  return to_bytes(crypto::sha256(members.encode()));
}

Result<Statement> parse_statement(ByteView bytes) {
  const std::array<std::string_view, 1> understood = {kService};
  CoseSign1 envelope = TRY_IN("attested statement", parse_cose_sign1(bytes, understood));
  const CborItem header = TRY_IN("attested statement", parse_cbor(envelope.protected_header));
  const CborItem* service = header.find(kService);
  if (service == nullptr) return malformed("the protected header has no attestation");
  const CborItem *key = service->find("cose_key"), *key_id = header.find(kHeaderKeyId);
  if (key == nullptr || key_id == nullptr || key_id->type != CborType::kBytes)
    return malformed("the protected header has no key or no key id");
  amd::SnpReport report = TRY(amd::parse_report(TRY(cbor_bytes(*service, "attestation"))));
  auto certificates = TRY(crypto::certificates_from_pem(TRY(cbor_bytes(*service, "snp_endorsements"))));
  auto endorsement = TRY(parse_uvm_endorsement(TRY(cbor_bytes(*service, "uvm_endorsements"))));
  auto public_key = TRY(read_cose_key(*key));
  Bytes thumbprint = TRY(thumbprint_of(*key));
  return Statement{std::move(envelope),       report,
                   std::move(certificates),   std::move(endorsement),
                   std::move(public_key),     std::move(thumbprint),
                   to_bytes(key_id->string())};
}

void judge(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto statement = parse_statement(bytes);
  if (!statement) {
    assessment.malformed(statement.error());
    return;
  }
  assessment.pass(Concern::kForm, "form", "the statement has the form that its schema prescribes");
  amd::fill_claims(statement->report, assessment.result.claims);
  if (options == nullptr) return;
  amd::judge_report(statement->report, statement->certificates, *options, assessment);
  assessment.judge(
      kAuthenticity, "statement.signature",
      verify_cose_sign1(statement->envelope, statement->key, cose_algorithm_of(statement->key.type())),
      "the attested key signed the statement");
  assessment.expect(binds_hash(assessment.result.claims.report_data, statement->thumbprint), kAuthenticity,
                    "key.binding", "the report's data are the thumbprint of the key",
                    "the report's data are not the thumbprint of the key");
  assessment.expect(equal(statement->key_id, statement->thumbprint), kAuthenticity, "statement.key_id",
                    "the key id is the thumbprint of the key", "the key id is that of another key");
  judge_uvm_endorsement(statement->endorsement, *options, assessment);
  assessment.expect(equal(statement->report.measurement, statement->endorsement.launch_measurement),
                    kAuthenticity, "uvm.measurement", "Microsoft endorses the VM that was measured",
                    "Microsoft's endorsement is about another VM than was measured");
}

bool recognises(ByteView bytes) {
  if (bytes.size() < 64 || (bytes[0] != 0xd2 && bytes[0] != 0x84)) return false;
  const std::string_view head = as_text(bytes.first(std::min<size_t>(bytes.size(), 1024)));
  return head.find(kService) != std::string_view::npos;
}

}  // namespace

constinit const EvidenceFormat kAttestedStatementFormat = {
    "attested-statement", "statements that a confidential container signs with an attested key", recognises,
    decode_by<judge>, verify_by<judge>};

}  // namespace strongroom::attest::azure
