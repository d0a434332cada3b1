// Oak's evidence over an SNP report of a test PKI, each broken in one way, with the check that must refuse
// it.
#include <gtest/gtest.h>

#include "attest/cose.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/cases.h"
#include "base/cbor_writer.h"
#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

using crypto::SigningKey;

std::shared_ptr<SigningKey> new_key() {
  return std::make_shared<SigningKey>(SigningKey::generate(crypto::KeyType::kP256).value());
}

Bytes cose_key(const SigningKey& key) {
  const Bytes spki = key.public_key().spki();
  const ByteView point = ByteView(spki).last(64);
  return cbor::Map()
      .set(1, cbor::number(2))
      .set(3, cbor::number(-7))
      .set(-1, cbor::number(1))
      .set(-2, cbor::bytes(point.first(32)))
      .set(-3, cbor::bytes(point.last(32)))
      .encode();
}

Bytes field(uint8_t number, const Bytes& content) {
  Bytes out = {static_cast<uint8_t>(number << 3 | 2)};
  for (size_t size = content.size();; size >>= 7) {
    out.push_back(static_cast<uint8_t>((size & 0x7f) | (size > 0x7f ? 0x80 : 0)));
    if (size <= 0x7f) break;
  }
  return concat({out, content});
}

// A layer before it is signed.
struct Layer {
  std::string issuer, subject;
  Bytes key;
  std::optional<Bytes> digest;
};

Bytes certificate(const Layer& layer, const SigningKey& signer) {
  cbor::Map claims;
  claims.set(1, cbor::text(layer.issuer)).set(2, cbor::text(layer.subject));
  claims.set(-4670552, cbor::bytes(layer.key));
  if (layer.digest) claims.set(-4670573, cbor::Map().set(-4670572, cbor::bytes(*layer.digest)).encode());
  return sign_cose_sign1(claims.encode(), signer).value();
}

struct OakSpec {
  std::shared_ptr<SigningKey> root = new_key(), first = new_key(), second = new_key(), signing = new_key(),
                              other = new_key();
  std::vector<Bytes> events = {Bytes(40, 0x11), Bytes(50, 0x22)};
  Layer layer1, layer2, application;
  std::shared_ptr<SigningKey> signer1 = root, signer2 = first, application_signer = second;
  Bytes bound_key;
  bool swap_layers = false;

  OakSpec() {
    layer1 = {"root", "one", cose_key(*first), to_bytes(crypto::sha256(events[0]))};
    layer2 = {"one", "two", cose_key(*second), to_bytes(crypto::sha256(events[1]))};
    application = {"two", "app", cose_key(*signing), layer2.digest};
    bound_key = cose_key(*root);
  }
};

struct Built {
  Bytes evidence, root;
  VerificationOptions options;
  std::unique_ptr<AmdCase> amd;
};

std::unique_ptr<Built> build(const OakSpec& spec) {
  AmdSpec amd = good_amd(3, "Genoa", false);
  const auto digest = crypto::sha256(spec.bound_key);
  std::fill_n(amd.report.begin() + 0x50, 64, uint8_t{0});
  std::copy(digest.begin(), digest.end(), amd.report.begin() + 0x50);
  auto out = std::make_unique<Built>();
  out->amd = build(amd);
  out->options = out->amd->options;
  out->root = concat({Bytes{0x08, 0x01}, field(2, out->amd->evidence), field(3, cose_key(*spec.root))});
  Bytes first = field(2, field(1, certificate(spec.layer1, *spec.signer1)));
  Bytes second = field(2, field(1, certificate(spec.layer2, *spec.signer2)));
  if (spec.swap_layers) std::swap(first, second);
  Bytes log;
  for (const Bytes& event : spec.events) log = concat({log, field(2, event)});
  out->evidence =
      concat({field(1, out->root), first, second,
              field(3, field(2, certificate(spec.application, *spec.application_signer))), field(4, log)});
  return out;
}

TEST(OakCases, EachComesToItsVerdictByItsCheck) {
  const Cases<OakSpec> cases(
      {},
      {
          {"good", [](OakSpec&) {}, {kAccepted}},
          {"report_about_another_key",
           [](OakSpec& s) { s.bound_key = cose_key(*s.other); },
           {kRefused, "root.binding"}},
          {"layer1_signed_by_another_key",
           [](OakSpec& s) { s.signer1 = s.other; },
           {kRefused, "layer1.signature"}},
          {"layer2_signed_by_the_root",
           [](OakSpec& s) { s.signer2 = s.root; },
           {kRefused, "layer2.signature"}},
          {"layers_swapped", [](OakSpec& s) { s.swap_layers = true; }, {kRefused, "layer1.signature"}},
          {"layer2_names_another_issuer",
           [](OakSpec& s) { s.layer2.issuer = "root"; },
           {kRefused, "layer2.issuer"}},
          {"application_key_signed_by_a_layer_below",
           [](OakSpec& s) { s.application_signer = s.first; },
           {kRefused, "application_key1.signature"}},
          {"application_key_names_another_issuer",
           [](OakSpec& s) { s.application.issuer = "one"; },
           {kRefused, "application_key1.issuer"}},
          {"application_key_about_another_event",
           [](OakSpec& s) { s.application.digest = Bytes(32); },
           {kRefused, "application_key1.event"}},
          {"event_changed", [](OakSpec& s) { s.events[0][0] ^= 1; }, {kRefused, "eventlog.replay"}},
          {"event_held_back", [](OakSpec& s) { s.events.pop_back(); }, {kRefused, "eventlog.replay"}},
          {"event_that_nobody_measured",
           [](OakSpec& s) { s.events.emplace_back(10, 0x33); },
           {kRefused, "eventlog.replay"}},
          {"events_in_another_order",
           [](OakSpec& s) { std::swap(s.events[0], s.events[1]); },
           {kRefused, "eventlog.replay"}},
          {"digest_of_another_length", [](OakSpec& s) { s.layer1.digest = Bytes(31); }, {kMalformed, "form"}},
          {"layer_key_that_is_none",
           [](OakSpec& s) { s.layer1.key = {0xa0}; },
           {kRefused, "layer2.signature"}},
      });
  cases.run();
}

TEST(OakCases, BytesThatNoFieldHoldsAreRefused) {
  const auto good = build(OakSpec());
  const auto judge = [&](const char* name, const Bytes& evidence) {
    SCOPED_TRACE(name);
    EXPECT_NE(verify(evidence, good->options).verdict, kAccepted);
  };
  judge("byte_behind", concat({good->evidence, Bytes{0x0a}}));
  judge("root_layer_twice", concat({field(1, good->root), good->evidence}));
  judge("root_layer_again_at_the_end", concat({good->evidence, field(1, good->root)}));
  judge("field_of_huge_length", concat({good->evidence, Bytes{0x12}, Bytes(8, 0xff), Bytes{0x01}}));
  judge("two_root_layers", concat({good->evidence, good->evidence}));
  judge("layer_of_nothing", concat({good->evidence, Bytes{0x12, 0x00}}));
  Bytes many = good->evidence;
  for (int i = 0; i < 40; ++i) many = concat({many, field(2, field(1, Bytes(3, 0x40)))});
  judge("forty_layers", many);
}

TEST(OakCases, NothingMayBeCutOff) {
  const auto good = build(OakSpec());
  for (size_t size = 0; size < good->evidence.size(); size += size + 40 < good->evidence.size() ? 37 : 1)
    EXPECT_NE(verify(ByteView(good->evidence).first(size), good->options).verdict, kAccepted) << size;
}

}  // namespace
}  // namespace strongroom::attest::testing
