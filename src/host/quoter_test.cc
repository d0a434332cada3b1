#include "host/quoter.h"

#include <gtest/gtest.h>

#include "arch/quote_request.h"
#include "base/socket.h"

namespace strongroom::host {
namespace {

// Makes a quote of reports whose MAC begins with 1.
QuoteSource source() {
  return {.target_info = []() -> Result<arch::TargetInfo> {
            arch::TargetInfo out{};
            out.mrenclave[0] = 9;
            return out;
          },
          .quote = [](const arch::Report& report) -> Result<Bytes> {
            if (report.mac[0] != 1) return fail(ErrorCode::kVerificationFailed, "forged");
            return Bytes{1, 2, 3};
          }};
}

Bytes request(arch::QuoteRequest kind, ByteView content = {}) {
  return ByteWriter().little(static_cast<uint32_t>(kind)).bytes(content).take();
}
uint32_t status(ByteView answer) {
  ByteReader reader(answer);
  return reader.little<uint32_t>("status").value();
}
uint32_t status_of(ErrorCode code) {
  return 1 + static_cast<uint32_t>(code);
}
Bytes report(uint8_t mac) {
  arch::Report out{};
  out.mac[0] = mac;
  return to_bytes(object_bytes(out));
}

TEST(Quoter, GivesTheQuotingEnclaveAndTheQuoteOfAReport) {
  const Bytes target = answer_quote_request(request(arch::QuoteRequest::kTargetInfo), source());
  EXPECT_EQ(target.size(), 4 + sizeof(arch::TargetInfo));
  EXPECT_EQ(target[4], 9);
  EXPECT_EQ(answer_quote_request(request(arch::QuoteRequest::kQuote, report(1)), source()),
            (Bytes{0, 0, 0, 0, 1, 2, 3}));
}

TEST(Quoter, PassesOnWhyThereIsNoQuote) {
  const Bytes answer = answer_quote_request(request(arch::QuoteRequest::kQuote, report(2)), source());
  EXPECT_EQ(status(answer), status_of(ErrorCode::kVerificationFailed));
  EXPECT_EQ(as_text(ByteView(answer).subspan(4)), "forged");
}

TEST(Quoter, RefusesRequestsThatAreCutOffOrTooLongOrUnknown) {
  const Bytes whole = request(arch::QuoteRequest::kQuote, report(1));
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(status(answer_quote_request(ByteView(whole).first(size), source())), 0u) << size;
  EXPECT_NE(status(answer_quote_request(ByteWriter().bytes(whole).zeros(1).take(), source())), 0u);
  EXPECT_NE(status(answer_quote_request(request(arch::QuoteRequest::kTargetInfo, Bytes(1)), source())), 0u);
  EXPECT_EQ(status(answer_quote_request(request(arch::QuoteRequest{3}), source())),
            status_of(ErrorCode::kUnsupported));
}

TEST(Quoter, IsAProcessThatAnswersAndEndsWithItsEnclave) {
  FileDescriptor socket = start_quoter().value();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(send_bytes(socket.get(), Bytes{9, 0, 0, 0}, {}, "the quoter"));
    const auto answer = receive_bytes(socket.get(), 4096, "the quoter");
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ(status((*answer)->bytes), status_of(ErrorCode::kUnsupported));
  }
  // What no request can be ends the connection.
  ASSERT_TRUE(send_bytes(socket.get(), Bytes(5000), {}, "the quoter"));
  const auto end = receive_bytes(socket.get(), 4096, "the quoter");
  EXPECT_TRUE(!end || !*end);
}

}  // namespace
}  // namespace strongroom::host
