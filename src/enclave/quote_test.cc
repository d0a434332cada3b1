// Hosts that lie to an enclave that wants a quote.
#include "enclave/quote.h"

#include <gtest/gtest.h>

#include "arch/evidence_token.h"
#include "arch/quote_token.h"
#include "enclave/testing/scripted_quote.h"

namespace strongroom::enclave {
namespace {

using testing::ScriptedQuote;

const Bytes kNonce(16, 'n'), kUserData(3, 'u');

Bytes request(const Bytes& nonce = kNonce, const Bytes& user_data = kUserData) {
  return ByteWriter()
      .little(static_cast<uint32_t>(nonce.size()))
      .bytes(nonce)
      .little(static_cast<uint32_t>(user_data.size()))
      .bytes(user_data)
      .take();
}
Bytes good(ByteView content) {
  return ByteWriter().little(uint32_t{0}).bytes(content).take();
}
Bytes target() {
  return good(object_bytes(arch::TargetInfo{}));
}
// A quote as far as the enclave looks at it.
Bytes quote(const Bytes& nonce = kNonce) {
  const auto report = arch::ereport(arch::test_platform(), arch::test_enclave(), {},
                                    arch::evidence_report_data(nonce, kUserData));
  return ByteWriter().zeros(48).bytes(object_bytes(report->body)).zeros(700).take();
}
Result<Bytes> make(ScriptedQuote parties, const Bytes& asked = request()) {
  ByteReader reader(asked);
  return make_quote_token(parties, reader);
}

TEST(Quote, BecomesATokenWithNonceAndUserData) {
  ScriptedQuote parties({target(), good(quote())});
  const Bytes asked = request();
  ByteReader reader(asked);
  const auto token = make_quote_token(parties, reader);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(*token, arch::encode_quote_token({kNonce, kUserData, quote()}));
  ASSERT_EQ(parties.requests.size(), 2u);
  EXPECT_EQ(parties.requests[0], (Bytes{1, 0, 0, 0}));
  EXPECT_EQ(parties.requests[1].size(), 4 + sizeof(arch::Report));
}

TEST(Quote, OfAnotherEnclaveOrNonceIsRefused) {
  EXPECT_EQ(make(ScriptedQuote({target(), good(quote(Bytes(16, 'x')))})).error().code,
            ErrorCode::kVerificationFailed);
  Bytes other = quote();
  other[48 + offsetof(arch::ReportBody, mrenclave)] ^= 1;
  EXPECT_EQ(make(ScriptedQuote({target(), good(other)})).error().code, ErrorCode::kVerificationFailed);
}

TEST(Quote, ThatIsTooShortOrTooLongIsRefused) {
  Bytes bytes = quote();
  for (const size_t size : {size_t{0}, size_t{47}, size_t{48 + 383}})
    EXPECT_FALSE(make(ScriptedQuote({target(), good(ByteView(bytes).first(size))}))) << size;
  bytes.resize(arch::kMaximumQuote);
  EXPECT_TRUE(make(ScriptedQuote({target(), good(bytes)})));
  bytes.push_back(0);
  EXPECT_EQ(make(ScriptedQuote({target(), good(bytes)})).error().code, ErrorCode::kVerificationFailed);
}

TEST(Quote, IsNotAskedForWhereTheQuotingEnclaveIsNone) {
  const Bytes whole = target();
  for (const Bytes& answer : {Bytes(), Bytes{0, 0}, Bytes(whole.begin(), whole.end() - 1),
                              ByteWriter().bytes(whole).zeros(1).take(), Bytes{0xff, 0xff, 0xff, 0xff}})
    EXPECT_FALSE(make(ScriptedQuote({answer, good(quote())})));
}

TEST(Quote, PassesOnWhyTheHostHasNone) {
  const uint32_t status = 1 + static_cast<uint32_t>(ErrorCode::kNotFound);
  const Bytes refusal = ByteWriter().little(status).bytes(as_bytes("install it")).take();
  for (const ScriptedQuote& parties : {ScriptedQuote({refusal}), ScriptedQuote({target(), refusal})}) {
    const auto token = make(parties);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(token.error().message, "install it");
  }
  const auto silent = make(ScriptedQuote({fail(ErrorCode::kUnavailable, "gone")}));
  EXPECT_EQ(silent.error().code, ErrorCode::kUnavailable);
}

TEST(Quote, TakesNoncesAndUserDataOfTheLengthsThatEvidenceHas) {
  const ScriptedQuote parties({target(), good(quote())});
  for (const Bytes& asked : {request(Bytes(7)), request(Bytes(65)), request(kNonce, Bytes(1025)), Bytes(3),
                             ByteWriter().bytes(request()).zeros(1).take()})
    EXPECT_FALSE(make(parties, asked));
}

}  // namespace
}  // namespace strongroom::enclave
