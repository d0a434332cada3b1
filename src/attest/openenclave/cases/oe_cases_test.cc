// Quotes in Open Enclave's and Signal's framing, and collateral in the bundles of other verifiers, good and
// broken.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attest/collateral.h"
#include "attest/testing/cases.h"
#include "attest/testing/intel_world.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

constexpr size_t kReportData = 320;

Bytes claim(const std::string& name, const Bytes& value) {
  ByteWriter out;
  out.little(uint64_t{name.size() + 1}).little(uint64_t{value.size()}).bytes(as_bytes(name)).zeros(1);
  return out.bytes(value).take();
}

Bytes claims(uint64_t version, uint64_t count, const Bytes& list) {
  return ByteWriter().little(version).little(count).bytes(list).take();
}

Bytes good_claims() {
  return claims(1, 2, concat({claim("pk", Bytes(32, 0x11)), claim("config", Bytes(3, 0x22))}));
}

std::unique_ptr<IntelCase> quote_about(const Bytes& claims) {
  IntelSpec spec = good_intel(3, false, false);
  const auto digest = crypto::sha256(claims);
  std::fill_n(spec.report.begin() + kReportData, 64, uint8_t{0});
  std::copy(digest.begin(), digest.end(), spec.report.begin() + kReportData);
  return build(spec);
}

Bytes with_header(const Bytes& quote, uint32_t version = 1, uint32_t type = 2, int64_t more = 0) {
  const auto size = static_cast<uint64_t>(static_cast<int64_t>(quote.size()) + more);
  return ByteWriter().little(version).little(type).little(size).bytes(quote).take();
}

TEST(OeCases, FramingsComeToTheVerdictOfTheirQuote) {
  const auto built = quote_about(good_claims());
  const Bytes& quote = built->evidence;
  const auto judge = [&](const char* name, const Bytes& evidence, const Expectation& wanted) {
    SCOPED_TRACE(name);
    expect(verify(evidence, built->options), wanted);
  };
  judge("bare", quote, {kAccepted});
  judge("report_header", with_header(quote), {kAccepted});
  judge("attestation_header",
        ByteWriter()
            .little(uint32_t{1})
            .bytes(Bytes(16, 0xa3))
            .little(uint64_t{quote.size()})
            .bytes(quote)
            .take(),
        {kAccepted});
  judge("header_of_another_version", with_header(quote, 2), {kMalformed});
  judge("header_of_a_local_report", with_header(quote, 1, 1), {kMalformed});
  judge("header_with_a_size_too_small", with_header(quote, 1, 2, -1), {kMalformed});
  judge("header_with_a_size_too_large", with_header(quote, 1, 2, 1), {kMalformed});
  judge("header_with_a_huge_size",
        ByteWriter().little(uint32_t{1}).little(uint32_t{2}).little(UINT64_MAX).bytes(quote).take(),
        {kMalformed});
  judge("claims", concat({quote, good_claims()}), {kAccepted, "claims.binding", Outcome::kPassed});
  judge("header_and_claims", with_header(concat({quote, good_claims()})), {kAccepted});
  Bytes other = good_claims();
  other.back() ^= 1;
  judge("claims_changed", concat({quote, other}), {kRefused, "claims.binding"});
  judge("other_claims", concat({quote, claims(1, 0, {})}), {kRefused, "claims.binding"});
  judge("claims_of_another_version", concat({quote, claims(2, 0, {})}), {kMalformed, "form"});
  judge("claims_fewer_than_said", concat({quote, claims(1, 3, claim("pk", {}))}), {kMalformed, "form"});
  judge("claims_more_than_said", concat({quote, claims(1, 1, Bytes(40))}), {kMalformed, "form"});
  judge("claims_far_too_many", concat({quote, claims(1, UINT64_MAX, {})}), {kMalformed, "form"});
  judge("claim_of_huge_size",
        concat({quote, claims(1, 1, ByteWriter().little(uint64_t{3}).little(UINT64_MAX).take())}),
        {kMalformed, "form"});
  Bytes unended = claims(1, 1, claim("pk", {}));
  unended.back() = 'x';
  judge("claim_without_an_end_of_its_name", concat({quote, unended}), {kMalformed, "form"});
}

// The quote vouches for the bytes of the claims, so that what is wrong with them is their form alone.
TEST(OeCases, ClaimsThatTheQuoteBindsMustHaveTheirFormAllTheSame) {
  const auto judge = [](const char* name, const Bytes& about, const Expectation& wanted) {
    SCOPED_TRACE(name);
    const auto built = quote_about(about);
    expect(verify(concat({built->evidence, about}), built->options), wanted);
  };
  const auto many = [](unsigned count) {
    Bytes list;
    for (unsigned i = 0; i < count; ++i) list = concat({list, claim("claim" + std::to_string(i), {7})});
    return claims(1, count, list);
  };
  judge("sixty_four", many(64), {kAccepted, "claims.binding", Outcome::kPassed});
  judge("sixty_five", many(65), {kMalformed, "form"});
  judge("byte_behind", concat({good_claims(), Bytes{0}}), {kMalformed, "form"});
  judge("without_a_name", claims(1, 1, ByteWriter().zeros(16).take()), {kMalformed, "form"});
  Bytes inner = claim("pk", {});
  inner[17] = 0;
  judge("name_that_ends_twice", claims(1, 1, inner), {kMalformed, "form"});
}

Bytes varint_field(uint8_t number, const Bytes& content) {
  Bytes out = {static_cast<uint8_t>(number << 3 | 2)};
  for (size_t size = content.size();; size >>= 7) {
    out.push_back(static_cast<uint8_t>((size & 0x7f) | (size > 0x7f ? 0x80 : 0)));
    if (size <= 0x7f) return concat({out, content});
  }
}

const Bytes& file(const IntelCase& built, const std::string& name) {
  return std::find_if(built.files.begin(), built.files.end(),
                      [&](const auto& one) { return one.first == name; })
      ->second;
}

Bytes text_bytes(const std::string& text) {
  return to_bytes(as_bytes(text));
}

// The parts in the order of Intel's structure: authority and root of the lists, the lists, the documents with
// the chain of their signer.
std::vector<Bytes> parts_of(const IntelCase& built) {
  const Bytes signers = text_bytes(pem(file(built, "signing")) + pem(file(built, "root")));
  return {text_bytes(pem(file(built, "root"))),
          file(built, "root_crl"),
          file(built, "platform_crl"),
          signers,
          file(built, "tcb_info"),
          text_bytes(pem(file(built, "root"))),
          file(built, "qe_identity")};
}

Bytes oe_endorsements(const IntelCase& built, bool rising = true) {
  ByteWriter offsets, data;
  std::vector<Bytes> parts = parts_of(built);
  parts.insert(parts.begin(), Bytes{1, 0, 0, 0});
  parts.push_back(text_bytes("2026-03-01T00:00:00Z"));
  std::vector<uint32_t> starts;
  uint32_t at = 0;
  for (Bytes& part : parts) {
    part.push_back(0);
    starts.push_back(at);
    at += static_cast<uint32_t>(part.size());
    data.bytes(part);
  }
  if (!rising) std::swap(starts[1], starts[2]);
  for (const uint32_t start : starts) offsets.little(start);
  const Bytes rest = concat({offsets.take(), data.take()});
  return ByteWriter()
      .little(uint32_t{1})
      .little(uint32_t{2})
      .little(static_cast<uint32_t>(rest.size()))
      .little(static_cast<uint32_t>(parts.size()))
      .bytes(rest)
      .take();
}

Bytes qve_structure(const IntelCase& built, uint32_t more = 0) {
  ByteWriter head, data;
  head.little(uint32_t{3}).little(uint32_t{0});
  for (const Bytes& part : parts_of(built)) {
    head.little(uint64_t{0x7ffee000})
        .little(static_cast<uint32_t>(part.size() + 1 + more))
        .little(uint32_t{0});
    data.bytes(part).zeros(1);
  }
  return concat({head.take(), data.take()});
}

// {"tcbInfo":BODY,"signature":"HEX"} taken apart again.
std::pair<std::string, std::string> body_and_signature(const Bytes& document) {
  const std::string_view text = as_text(document);
  const size_t begin = text.find(":{") + 1, end = text.rfind(",\"signature\":\"");
  return {std::string(text.substr(begin, end - begin)), std::string(text.substr(end + 14, 128))};
}

nlohmann::json dcap_bundle(const IntelCase& built, bool bytes) {
  const std::vector<Bytes> parts = parts_of(built);
  const auto list = [&](const Bytes& der) {
    return bytes ? nlohmann::json(der) : nlohmann::json(to_hex(der));
  };
  const auto [tcb, tcb_signature] = body_and_signature(parts[4]);
  const auto [qe, qe_signature] = body_and_signature(parts[6]);
  return {{"pck_crl_issuer_chain", std::string(as_text(parts[0]))},
          {"root_ca_crl", list(parts[1])},
          {"pck_crl", list(parts[2])},
          {"tcb_info_issuer_chain", std::string(as_text(parts[3]))},
          {"tcb_info", tcb},
          {"tcb_info_signature", list(from_hex(tcb_signature).value())},
          {"qe_identity_issuer_chain", std::string(as_text(parts[5]))},
          {"qe_identity", qe},
          {"qe_identity_signature", list(from_hex(qe_signature).value())}};
}

std::string yaml(const nlohmann::json& bundle) {
  std::string out = "# of a test\n---\n";
  for (const auto& [key, value] : bundle.items()) {
    const std::string text = value.get<std::string>();
    if (key.ends_with("_signature")) {
      out += key + ": " + text + "\n";
    } else if (key == "qe_identity") {
      out += key + ": " + value.dump() + "\n";
    } else {
      out += key + ": |-\n";
      for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        out += "  " + text.substr(begin, end - begin) + "\n";
        begin = end + 1;
      }
    }
  }
  return out;
}

TEST(OeCases, CollateralOfOthersServesAsItsPartsDo) {
  const auto built = build(good_intel(3, false, false));
  const nlohmann::json bundle = dcap_bundle(*built, false);
  nlohmann::json camel = {{"rootCaCrl", to_base64(file(*built, "root_crl"))}};
  for (const auto& [from, to] :
       std::vector<std::pair<const char*, const char*>>{{"pck_crl_issuer_chain", "pckCrlIssuerChain"},
                                                        {"pck_crl", "pckCrl"},
                                                        {"tcb_info_issuer_chain", "tcbInfoIssuerChain"},
                                                        {"tcb_info", "tcbInfo"},
                                                        {"tcb_info_signature", "tcbInfoSignature"},
                                                        {"qe_identity", "qeIdentity"},
                                                        {"qe_identity_signature", "qeIdentitySignature"}})
    camel[to] = bundle[from];
  nlohmann::json joined = bundle;
  joined["tcb_info"] = std::string(as_text(file(*built, "tcb_info")));
  joined.erase("tcb_info_signature");
  nlohmann::json forged = bundle;
  forged["tcb_info_signature"] = std::string(128, '1');
  nlohmann::json partial = bundle;
  partial.erase("qe_identity");
  struct Row {
    const char* name;
    Bytes content;
    Expectation wanted;
  };
  const Row rows[] = {
      {"json", text_bytes(bundle.dump()), {kAccepted}},
      {"json_of_numbers", text_bytes(dcap_bundle(*built, true).dump()), {kAccepted}},
      {"json_of_javascript", text_bytes(camel.dump()), {kAccepted}},
      {"json_of_joined_documents", text_bytes(joined.dump()), {kAccepted}},
      {"json_beside_its_quote",
       text_bytes(nlohmann::json{{"quote", to_hex(built->evidence)}, {"collateral", bundle}}.dump()),
       {kAccepted}},
      {"yaml", text_bytes(yaml(bundle)), {kAccepted}},
      {"open_enclave", oe_endorsements(*built), {kAccepted}},
      {"structure", qve_structure(*built), {kAccepted}},
      {"forged", text_bytes(forged.dump()), {kRefused}},
      {"partial", text_bytes(partial.dump()), {kUndetermined}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Collateral collateral;
    const auto kinds = collateral.add(row.content, row.name);
    ASSERT_TRUE(kinds.has_value()) << kinds.error().message;
    VerificationOptions options = built->options;
    options.collateral = &collateral;
    expect(verify(built->evidence, options), row.wanted);
  }
}

TEST(OeCases, BrokenBundlesAddNothing) {
  const auto built = build(good_intel(3, false, false));
  nlohmann::json no_bytes = dcap_bundle(*built, true);
  no_bytes["root_ca_crl"][0] = 256;
  nlohmann::json no_document = dcap_bundle(*built, false);
  no_document["tcb_info"] = "{";
  for (const Bytes& content :
       {oe_endorsements(*built, false), text_bytes(no_bytes.dump()), text_bytes(no_document.dump()),
        text_bytes("tcb_info_issuer_chain: x\n  y\n"), text_bytes("tcb_info_issuer_chain: x\nnothing\n")}) {
    Collateral collateral;
    EXPECT_FALSE(collateral.add(content, "broken").has_value());
    EXPECT_TRUE(collateral.contents().certificates.empty());
    EXPECT_TRUE(collateral.contents().documents.empty());
  }
  Collateral collateral;  // sizes that do not add up: not this structure
  ASSERT_TRUE(collateral.add(qve_structure(*built, 1), "structure").has_value());
  EXPECT_TRUE(collateral.contents().tcb_infos.empty());
}

TEST(OeCases, CarriedEndorsementsCountByTheirSignaturesAlone) {
  const auto built = quote_about(good_claims());
  const auto handshake = [&](const Bytes& endorsements) {
    return concat({varint_field(1, Bytes(32, 0x11)),
                   varint_field(2, concat({built->evidence, good_claims()})), varint_field(3, endorsements)});
  };
  VerificationOptions bare = built->options;
  bare.collateral = nullptr;
  expect(verify(handshake(oe_endorsements(*built)), bare), {kAccepted});
  expect(verify(handshake(Bytes(10)), bare), {kUndetermined});
  expect(verify(handshake(Bytes(10)), built->options), {kAccepted});
  Bytes forged = oe_endorsements(*built);
  const std::string_view text = as_text(forged);
  forged[text.find("UpToDate")] = 'u';
  EXPECT_NE(verify(handshake(forged), bare).verdict, kAccepted);
}

}  // namespace
}  // namespace strongroom::attest::testing
