#include "attest/corim/corim.h"

#include <gtest/gtest.h>

#include "attest/corim/corim_samples.h"
#include "attest/corim/import.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/expectation.h"
#include "base/encoding.h"
#include "crypto/signing_key.h"

namespace strongroom::attest {
namespace {

using namespace corim_samples;

CorimImport for_tee(std::string tee) {
  CorimImport import;
  import.tee = std::move(tee);
  return import;
}

std::string imported(const Bytes& bytes, const CorimImport& import) {
  const auto policy = import_corim(bytes, import);
  EXPECT_TRUE(policy) << policy.error().message;
  return policy.value_or("");
}

std::string refused(const Bytes& bytes, const CorimImport& import) {
  const auto policy = import_corim(bytes, import);
  EXPECT_FALSE(policy) << *policy;
  return policy ? "" : policy.error().message;
}

TEST(Corim, BecomesAPolicyOfAllThatItDemands) {
  const std::string policy = imported(tdx(), for_tee("tdx"));
  EXPECT_NE(policy.find("tee = [\"tdx\"]"), std::string::npos) << policy;
  EXPECT_NE(policy.find("measurement = [\"" + to_hex(Bytes(48, 0x5a)) + "\"]"), std::string::npos);
  EXPECT_NE(policy.find("minimum_svn = 4"), std::string::npos);
  EXPECT_NE(policy.find("\"tdx.rtmr1\" = [\"" + to_hex(Bytes(48, 0xa1)) + "\"]"), std::string::npos);
  EXPECT_NE(policy.find("# Unsigned"), std::string::npos);
}

TEST(Corim, OfAmdsProfileAcceptsTheGuestThatItDescribesAndNoOther) {
  auto import = for_tee("");
  const std::string toml = imported(snp(), import);
  testing::AmdSpec spec = testing::good_amd(2, "Milan", false);
  for (const bool other : {false, true}) {
    if (other) spec.report[0xc0] ^= 1;  // HOST_DATA
    const auto made = testing::build(spec);
    const std::string root = "[[root]]\nname = \"test\"\nkey_sha256 = \"" + std::string(64, '0') + "\"\n";
    const size_t rule = toml.find("[[allow]]");
    const auto with_root = Policy::parse(toml.substr(0, rule) + root + "[[allow]]\nroots = [\"test\"]\n" +
                                             toml.substr(rule + std::string("[[allow]]\n").size()),
                                         "policy");
    ASSERT_TRUE(with_root) << with_root.error().message;
    made->options.policy = &*with_root;
    testing::expect(verify(made->evidence, made->options),
                    other ? testing::Expectation(Verdict::kRefused, "policy.snp.host_data")
                          : testing::Expectation(Verdict::kAccepted));
  }
}

TEST(Corim, WithConditionsThatAPolicyCannotExpressIsRefusedUnlessTheyAreLeftOutByName) {
  const Bytes exact = corim({reference(
      environment({}, "ACME"),
      {measurement({},
                   cbor::Map().set(1, cbor::tag(552, cbor::number(4))).set(2, digests(1, Bytes(32, 1))))})});
  EXPECT_NE(refused(exact, for_tee("sgx")).find("an exact SVN"), std::string::npos);
  auto import = for_tee("sgx");
  import.insecure_partial = true;
  EXPECT_NE(imported(exact, import).find("# LEFT OUT: \"an exact SVN\""), std::string::npos);
  const Bytes instance = cbor::Map()
                             .set(0, cbor::Map().set(1, cbor::text("ACME")).encode())
                             .set(1, cbor::bytes(Bytes{1}))
                             .encode();
  EXPECT_NE(
      refused(corim({reference(instance, {measurement({}, cbor::Map().set(2, digests(1, Bytes(32, 1))))})}),
              for_tee("sgx"))
          .find("one instance"),
      std::string::npos);
  const Bytes unknown_algorithm = corim(
      {reference(environment({}, "ACME"), {measurement({}, cbor::Map().set(2, digests(6, Bytes(4, 1))))})});
  EXPECT_NE(refused(unknown_algorithm, for_tee("sgx")).find("algorithms"), std::string::npos);
  const Bytes no_code = corim({reference(
      environment({}, "ACME"), {measurement({}, cbor::Map().set(1, cbor::tag(553, cbor::number(1))))})});
  EXPECT_NE(refused(no_code, for_tee("sgx")).find("neither measurement nor signer"), std::string::npos);
  EXPECT_NE(refused(tdx(), for_tee("")).find("--tee"), std::string::npos);
}

TEST(Corim, SaysWhichConditionAPolicyCannotExpress) {
  const auto why = [](const cbor::Map& values) {
    return refused(corim({reference(environment({}, "ACME"), {measurement({}, values)})}), for_tee("tdx"));
  };
  const Bytes digest = digests(7, Bytes(48, 1));
  const auto registers = [&](const Bytes& content) {
    return cbor::Map().set(2, digest).set(14, cbor::Map().set(1, content).encode());
  };
  EXPECT_NE(
      why(cbor::Map().set(2, digest).set(4, cbor::bytes(Bytes(48, 1))).set(5, cbor::bytes(Bytes(48, 1))))
          .find("a masked raw value"),
      std::string::npos);
  EXPECT_NE(why(cbor::Map().set(2, digest).set(4, cbor::bytes(Bytes(48, 1)))).find("digest and raw value"),
            std::string::npos);
  EXPECT_NE(why(cbor::Map().set(2, digest).set(3, cbor::number(1))).find("measurement value 3"),
            std::string::npos);
  EXPECT_NE(why(registers(digests(6, Bytes(4, 1)))).find("register 1"), std::string::npos);
  imported(corim({reference(environment({}, "ACME"), {measurement({}, registers(digest))})}), for_tee("tdx"));
  // The number 1 and the text "1" are two keys of a map, and one register.
  const auto twice = cbor::Map().set(1, digest).set("1", digests(7, Bytes(48, 2)));
  EXPECT_NE(why(cbor::Map().set(2, digest).set(14, twice.encode())).find("stands twice"), std::string::npos);
  const Bytes group = cbor::Map()
                          .set(0, cbor::Map().set(1, cbor::text("ACME")).encode())
                          .set(2, cbor::bytes(Bytes{1}))
                          .encode();
  EXPECT_NE(refused(corim({reference(group, {measurement({}, cbor::Map().set(2, digest))})}), for_tee("tdx"))
                .find("one instance or group"),
            std::string::npos);
}

TEST(Corim, WithTwoConditionsOnOneClaimAcceptsOnlyWhatMeetsBoth) {
  const auto two = [](ByteView a, ByteView b) {
    return corim({reference(environment({}, "ACME"), {measurement({}, cbor::Map().set(2, digests(1, a))),
                                                      measurement({}, cbor::Map().set(2, digests(1, b)))})});
  };
  EXPECT_NE(refused(two(Bytes(32, 1), Bytes(32, 2)), for_tee("sgx")).find("two values at once"),
            std::string::npos);
  imported(two(Bytes(32, 1), Bytes(32, 1)), for_tee("sgx"));
}

TEST(Corim, ThatIsSignedWantsItsSignersKey) {
  const auto key = crypto::SigningKey::generate(crypto::KeyType::kP384).value();
  const auto other = crypto::SigningKey::generate(crypto::KeyType::kP384).value();
  const Bytes bytes = sign_cose_sign1(tdx(), key).value();
  auto import = for_tee("tdx");
  EXPECT_NE(refused(bytes, import).find("--key"), std::string::npos);
  Collateral keys;
  ASSERT_TRUE(keys.add(as_bytes(other.public_pem().value()), "other"));
  import.keys = &keys;
  EXPECT_NE(refused(bytes, import).find("no given key signed it"), std::string::npos);
  ASSERT_TRUE(keys.add(as_bytes(key.public_pem().value()), "key"));
  EXPECT_NE(imported(bytes, import)
                .find("# Signed by the key with SHA-256 " + to_hex(key.public_key().fingerprint())),
            std::string::npos);
  imported(cbor::tag(502, bytes), import);
  Bytes changed = bytes;
  changed[bytes.size() / 2] ^= 1;
  refused(changed, import);
  import.keys = nullptr;
  import.insecure_unverified = true;
  EXPECT_NE(imported(bytes, import).find("NOT checked"), std::string::npos);
}

TEST(Corim, ThatHasExpiredIsRefused) {
  const Bytes bytes = corim(
      {reference(environment({}, "A"), {measurement({}, cbor::Map().set(2, digests(1, Bytes(32, 1))))})},
      1000);
  auto import = for_tee("sgx");
  import.time = Time(std::chrono::seconds(1000));
  imported(bytes, import);
  import.time = Time(std::chrono::seconds(1001));
  EXPECT_NE(refused(bytes, import).find("valid from"), std::string::npos);
}

TEST(Corim, CannotWriteIntoThePolicyWhatItLikes) {
  const Bytes bytes = corim({reference(environment({}, "x\"\ninsecure_any_code = true\n#"),
                                       {measurement({}, cbor::Map().set(2, digests(1, Bytes(32, 1))))})});
  const auto policy = Policy::parse(imported(bytes, for_tee("sgx")), "policy");
  ASSERT_TRUE(policy);
  EXPECT_TRUE(policy->weaknesses().empty());
}

TEST(Corim, ThatIsNoneOrBrokenIsMalformed) {
  for (const Bytes& bytes :
       {Bytes{}, Bytes{0xa0}, cbor::tag(501, cbor::Map().encode()), cbor::text("x"), corim({cbor::array({})}),
        corim({cbor::array({cbor::Map().encode(), cbor::array({})})}),
        corim({reference(environment({}, "A"),
                         {measurement({}, cbor::Map().set(2, digests(1, Bytes(31, 1))))})})})
    EXPECT_FALSE(parse_corim(bytes)) << to_hex(bytes);
  const Bytes good = tdx();
  for (size_t i = 0; i < good.size(); ++i) EXPECT_FALSE(parse_corim(ByteView(good).first(i)));
}

}  // namespace
}  // namespace strongroom::attest
