// Tokens of a service of our own, each broken in one way, with the check that must refuse it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attest/testing/cases.h"
#include "attest/testing/pki.h"
#include "base/encoding.h"

namespace strongroom::attest::testing {
namespace {

struct TokenSpec {
  std::string header = R"({"alg":"ES256","kid":"a","typ":"JWT"})";
  std::string payload =
      R"({"exp":2000,"nbf":900,"iat":900,"nonce":"d3d3","x-ms-attestation-type":"sgx","x-ms-sgx-is-debuggable":false})";
  Key::Kind kind = Key::Kind::kP256;
  bool sign_with_other_key = false, sign_sha384 = false, give_keys = true;
  std::string key_extra;  // members of the JWK
  std::string key_id = "a";
  std::function<void(std::string&)> change;
  std::optional<Bytes> nonce;
};

const Key& key_of(Key::Kind kind, bool other) {
  static const Key kKeys[] = {Key::make(Key::Kind::kP256),    Key::make(Key::Kind::kP256),
                              Key::make(Key::Kind::kP384),    Key::make(Key::Kind::kP384),
                              Key::make(Key::Kind::kRsa2048), Key::make(Key::Kind::kRsa2048)};
  return kKeys[2 * static_cast<int>(kind) + (other ? 1 : 0)];
}

std::string jwks(const TokenSpec& spec) {
  const Key& key = key_of(spec.kind, false);
  std::string body;
  if (spec.kind == Key::Kind::kRsa2048) {
    body = fmt::format(R"("kty":"RSA","e":"AQAB","n":"{}")", to_base64url(key.modulus()));
  } else {
    const Bytes point = key.point();
    const size_t half = point.size() / 2;
    body = fmt::format(R"("kty":"EC","crv":"P-{}","x":"{}","y":"{}")", half * 8,
                       to_base64url(ByteView(point).first(half)), to_base64url(ByteView(point).last(half)));
  }
  return fmt::format(R"({{"keys":[{{{},"kid":"{}"{}}}]}})", body, spec.key_id, spec.key_extra);
}

VerificationResult judge(const TokenSpec& spec) {
  std::string token = to_base64url(as_bytes(spec.header)) + "." + to_base64url(as_bytes(spec.payload));
  token +=
      "." + to_base64url(key_of(spec.kind, spec.sign_with_other_key).sign(as_bytes(token), spec.sign_sha384));
  if (spec.change) spec.change(token);
  Collateral collateral;
  if (spec.give_keys) {
    const auto added = collateral.add(as_bytes(jwks(spec)), "keys");
    EXPECT_TRUE(added) << added.error().message;
  }
  VerificationOptions options;
  options.time = Time(std::chrono::seconds(1000));
  options.collateral = &collateral;
  options.nonce = spec.nonce;
  return verify(as_bytes(token), options);
}

std::function<void(TokenSpec&)> header(const char* text) {
  return [text](TokenSpec& s) { s.header = text; };
}
std::function<void(TokenSpec&)> payload(const char* text) {
  return [text](TokenSpec& s) { s.payload = text; };
}

TEST(JwtCases, EachComesToItsVerdictByItsCheck) {
  const Cases<TokenSpec> cases(
      {},
      {
          {"good", [](TokenSpec&) {}, kAccepted},
          {"good_rsa",
           [](TokenSpec& s) {
             s.kind = Key::Kind::kRsa2048;
             s.header = R"({"alg":"RS256"})";
           },
           kAccepted},
          {"good_p384",
           [](TokenSpec& s) {
             s.kind = Key::Kind::kP384;
             s.header = R"({"alg":"ES384"})";
           },
           kAccepted},
          {"signed_by_another_key",
           [](TokenSpec& s) { s.sign_with_other_key = true; },
           {kRefused, "token.signature"}},
          {"no_keys",
           [](TokenSpec& s) { s.give_keys = false; },
           {kUndetermined, "token.signature", Outcome::kMissing}},
          {"key_of_another_id",
           [](TokenSpec& s) { s.key_id = "b"; },
           {kUndetermined, "token.signature", Outcome::kMissing}},
          {"key_for_encryption",
           [](TokenSpec& s) { s.key_extra = R"(,"use":"enc")"; },
           {kUndetermined, "token.signature", Outcome::kMissing}},
          {"key_for_another_algorithm",
           [](TokenSpec& s) { s.key_extra = R"(,"alg":"ES384")"; },
           {kRefused, "token.signature"}},
          {"algorithm_none", header(R"({"alg":"none"})"), {kRefused, "token.signature"}},
          {"algorithm_none_and_no_signature",
           [](TokenSpec& s) {
             s.header = R"({"alg":"none"})";
             s.change = [](std::string& t) { t.erase(t.rfind('.') + 1); };
           },
           {kRefused, "token.signature"}},
          {"algorithm_hs256", header(R"({"alg":"HS256"})"), {kRefused, "token.signature"}},
          {"algorithm_rs256_with_a_curve_key", header(R"({"alg":"RS256"})"), {kRefused, "token.signature"}},
          {"algorithm_ps256_with_a_pkcs1_signature",
           [](TokenSpec& s) {
             s.kind = Key::Kind::kRsa2048;
             s.header = R"({"alg":"PS256"})";
           },
           {kRefused, "token.signature"}},
          {"algorithm_es256_with_an_rsa_key",
           [](TokenSpec& s) { s.kind = Key::Kind::kRsa2048; },
           {kRefused, "token.signature"}},
          {"algorithm_es384_with_a_p256_key", header(R"({"alg":"ES384"})"), {kRefused, "token.signature"}},
          {"algorithm_es384_of_a_p256_key_as_it_says",
           [](TokenSpec& s) {
             s.header = R"({"alg":"ES384"})";
             s.sign_sha384 = true;
           },
           {kRefused, "token.signature"}},
          {"algorithm_in_lower_case", header(R"({"alg":"es256"})"), {kRefused, "token.signature"}},
          {"no_algorithm", header(R"({"kid":"a"})"), {kMalformed, "form"}},
          {"algorithm_twice", header(R"({"alg":"none","alg":"ES256"})"), {kMalformed, "form"}},
          {"encrypted", header(R"({"alg":"ES256","enc":"A128GCM"})"), {kMalformed, "form"}},
          {"critical_header", header(R"({"alg":"ES256","crit":["x"],"x":1})"), {kMalformed, "form"}},
          {"payload_not_encoded", header(R"({"alg":"ES256","b64":false})"), {kMalformed, "form"}},
          {"expired_now", payload(R"({"exp":1000})"), {kRefused, "token.validity"}},
          {"expires_in_a_second", payload(R"({"exp":1001})"), {kAccepted}},
          {"not_yet_valid", payload(R"({"exp":2000,"nbf":1001})"), {kRefused, "token.validity"}},
          {"issued_later", payload(R"({"exp":2000,"iat":1001})"), {kRefused, "token.validity"}},
          {"never_expires", payload("{}"), {kAccepted, "token.validity", Outcome::kWarning}},
          {"expiry_is_text", payload(R"({"exp":"2000"})"), {kMalformed, "form"}},
          {"expiry_is_negative", payload(R"({"exp":-1})"), {kMalformed, "form"}},
          {"expiry_is_huge", payload(R"({"exp":1e300})"), {kMalformed, "form"}},
          {"payload_is_an_array", payload("[]"), {kMalformed, "form"}},
          {"payload_nested_deeply",
           [](TokenSpec& s) {
             s.payload = "{\"exp\":2000,\"x\":" + std::string(1000, '[') + std::string(1000, ']') + "}";
           },
           {kMalformed, "form"}},
          {"payload_with_a_member_twice", payload(R"({"exp":2000,"exp":3000})"), {kMalformed, "form"}},
          {"payload_is_nothing", payload(""), {kMalformed, "form"}},
          {"debug_of_sgx",
           payload(R"({"exp":2000,"x-ms-attestation-type":"sgx","x-ms-sgx-is-debuggable":true})"),
           {kRefused, "debug"}},
          {"debug_of_a_vm_inside",
           payload(
               R"({"exp":2000,"x-ms-attestation-type":"azurevm","x-ms-isolation-tee":{"x-ms-attestation-type":"sevsnpvm","x-ms-sevsnpvm-is-debuggable":true}})"),
           {kRefused, "debug"}},
          {"debug_of_tdx",
           payload(R"({"exp":2000,"attester_tcb_status":"UpToDate","tdx_is_debuggable":true})"),
           {kRefused, "debug"}},
          {"tcb_out_of_date",
           payload(R"({"exp":2000,"attester_tcb_status":"OutOfDate"})"),
           {kRefused, "tcb.status"}},
          {"appraisal_affirming",
           payload(R"({"exp":2000,"ear.verifier-id":{},"submods":{"a":{"ear.status":"affirming"}}})"),
           {kAccepted, "token.appraisal", Outcome::kPassed}},
          {"appraisal_warning",
           payload(
               R"({"exp":2000,"ear.verifier-id":{},"submods":{"a":{"ear.status":"affirming"},"b":{"ear.status":"warning"}}})"),
           {kRefused, "token.appraisal"}},
          {"appraisal_said_twice_and_not_alike",
           payload(
               R"({"exp":2000,"ear.verifier-id":{},"submods":{"a":{"ear.status":"affirming","ear_status":"warning"}}})"),
           {kRefused, "token.appraisal"}},
          {"appraisal_without_word",
           payload(R"({"exp":2000,"ear.verifier-id":{},"submods":{"a":{}}})"),
           {kRefused, "token.appraisal"}},
          {"appraisal_in_a_token_that_names_no_profile",
           payload(R"({"exp":2000,"submods":{"a":{"ear.status":"contraindicated"}}})"),
           {kRefused, "token.appraisal"}},
          {"appraisal_in_a_token_that_calls_itself_another_services",
           payload(R"({"exp":2000,"x-ms-ver":"1","submods":{"a":{"ear.status":"warning"}}})"),
           {kRefused, "token.appraisal"}},
          {"status_in_a_token_that_calls_itself_another_services",
           payload(R"({"exp":2000,"x-ms-ver":"1","attester_tcb_status":"OutOfDate"})"),
           {kRefused, "tcb.status"}},
          {"composite_good",
           payload(
               R"({"exp":2000,"ver":"2.0.0","tdx":{"attester_tcb_status":"UpToDate","tdx_is_debuggable":false}})"),
           {kAccepted, "tcb.status", Outcome::kPassed}},
          {"composite_debug",
           payload(
               R"({"exp":2000,"ver":"2.0.0","tdx":{"attester_tcb_status":"UpToDate","tdx_is_debuggable":true}})"),
           {kRefused, "debug"}},
          {"composite_out_of_date",
           payload(
               R"({"exp":2000,"sgx":{"attester_tcb_status":"UpToDate"},"tdx":{"attester_tcb_status":"OutOfDate"}})"),
           {kRefused, "tcb.status"}},
          {"composite_out_of_date_in_its_first_part",
           payload(
               R"({"exp":2000,"sgx":{"attester_tcb_status":"OutOfDate"},"tdx":{"attester_tcb_status":"UpToDate"}})"),
           {kRefused, "tcb.status"}},
          {"composite_without_a_status",
           payload(R"({"exp":2000,"tdx":{"attester_type":"TDX"}})"),
           {kRefused, "tcb.status"}},
          {"debug_that_is_no_truth_value",
           payload(R"({"exp":2000,"x-ms-attestation-type":"sgx","x-ms-sgx-is-debuggable":"false"})"),
           {kRefused, "debug"}},
          {"debug_status_disabled",
           payload(R"({"exp":2000,"dbgstat":"disabled-since-boot"})"),
           {kAccepted, "debug", Outcome::kPassed}},
          {"debug_status_enabled", payload(R"({"exp":2000,"dbgstat":"enabled"})"), {kRefused, "debug"}},
          {"debug_status_unknown", payload(R"({"exp":2000,"dbgstat":1})"), {kRefused, "debug"}},
          {"confidential_space_behind",
           payload(
               R"({"exp":2000,"dbgstat":"disabled-since-boot","tdx":{"gcp_attester_tcb_status":"OutOfDate"}})"),
           {kRefused, "tcb.status"}},
          {"gpu_good",
           payload(
               R"({"exp":2000,"x-nvidia-gpu-arch-check":true,"measres":"success","secboot":true,"dbgstat":"disabled"})"),
           kAccepted},
          {"gpu_of_another_kind",
           payload(
               R"({"exp":2000,"x-nvidia-gpu-arch-check":false,"measres":"success","secboot":true,"dbgstat":"disabled"})"),
           {kRefused, "token.denials"}},
          {"gpu_with_other_measurements",
           payload(R"({"exp":2000,"x-nvidia-gpu-arch-check":true,"measres":"fail","secboot":true})"),
           {kRefused, "token.denials"}},
          {"gpu_that_booted_insecurely",
           payload(R"({"exp":2000,"x-nvidia-gpu-arch-check":true,"measres":"success","secboot":false})"),
           {kRefused, "token.denials"}},
          {"gpus_that_the_service_refuses",
           payload(R"({"exp":2000,"x-nvidia-overall-att-result":false})"),
           {kRefused, "token.denials"}},
          {"nonce_in_a_list",
           [](TokenSpec& s) {
             s.payload = R"({"exp":2000,"eat_nonce":["x","d3d3"]})";
             s.nonce = Bytes{0x77, 0x77, 0x77};
           },
           {kAccepted, "nonce", Outcome::kPassed}},
          {"nonce_in_a_list_of_others",
           [](TokenSpec& s) {
             s.payload = R"({"exp":2000,"eat_nonce":["x",["d3d3"]]})";
             s.nonce = Bytes{0x77, 0x77, 0x77};
           },
           {kRefused, "nonce"}},
          {"nonce_of_another", [](TokenSpec& s) { s.nonce = Bytes{0x01}; }, {kRefused, "nonce"}},
          {"nonce_as_base64",
           [](TokenSpec& s) {
             s.nonce = Bytes{0x77, 0x77, 0x77};
           },
           {kAccepted, "nonce", Outcome::kPassed}},
          {"letter_of_the_payload",
           [](TokenSpec& s) {
             s.change = [](std::string& t) {
               t[t.find('.') + 12] = 'x';  // "exp" becomes 2100
             };
           },
           {kRefused, "token.signature"}},
          {"signature_of_another_length",
           [](TokenSpec& s) { s.change = [](std::string& t) { t.erase(t.size() - 2); }; },
           {kRefused, "token.signature"}},
          {"padding_in_the_signature",
           [](TokenSpec& s) { s.change = [](std::string& t) { t += "="; }; },
           {kMalformed, "form"}},
          {"four_parts",
           [](TokenSpec& s) { s.change = [](std::string& t) { t += ".AA"; }; },
           {kMalformed, "form"}},
          {"set_bits_after_the_last_byte",
           [](TokenSpec& s) { s.change = [](std::string& t) { t.back() = t.back() == 'B' ? 'C' : 'B'; }; },
           {kMalformed, "form"}},
      });
  cases.run(judge);
}

}  // namespace
}  // namespace strongroom::attest::testing
