#include "enclave/quote.h"

#include "arch/evidence_token.h"
#include "arch/quote_request.h"
#include "arch/quote_token.h"
#include "base/answer.h"

namespace strongroom::enclave {
namespace {

// Intel SGX DCAP ECDSA Quote Library API, A.4: the report's body stands behind a header of 48 bytes.
constexpr size_t kBodyInQuote = 48;

Result<Bytes> field(ByteReader& request, std::string_view what) {
  return to_bytes(TRY(request.bytes(TRY(request.little<uint32_t>(what)), what)));
}

Result<Bytes> ask(QuoteParties& parties, arch::QuoteRequest kind, ByteView content) {
  const Bytes answer =
      TRY(parties.ask_host(ByteWriter().little(static_cast<uint32_t>(kind)).bytes(content).take()));
  return decode_answer(answer, "the host");
}

}  // namespace

Result<Bytes> make_quote_token(QuoteParties& parties, ByteReader& request) {
  arch::QuoteToken token;
  token.nonce = TRY(field(request, "nonce"));
  token.user_data = TRY(field(request, "user data"));
  TRY(request.expect_end("request"));
  TRY(arch::check_evidence_request(token.nonce, token.user_data));

  const Bytes given = TRY(ask(parties, arch::QuoteRequest::kTargetInfo, {}));
  ByteReader reader(given);
  const auto target = TRY(reader.object<arch::TargetInfo>("the quoting enclave's TARGETINFO"));
  TRY(reader.expect_end("the quoting enclave's TARGETINFO"));
  const auto report = TRY(parties.report(target, arch::evidence_report_data(token.nonce, token.user_data)));
  token.quote = TRY(ask(parties, arch::QuoteRequest::kQuote, object_bytes(report)));
  if (token.quote.size() > arch::kMaximumQuote)
    return fail(ErrorCode::kVerificationFailed, "the host gives a quote that is too long to be one");
  if (token.quote.size() < kBodyInQuote + sizeof report.body ||
      !equal(ByteView(token.quote).subspan(kBodyInQuote, sizeof report.body), object_bytes(report.body)))
    return fail(ErrorCode::kVerificationFailed, "the host gives a quote of another report than this one");
  return arch::encode_quote_token(token);
}

}  // namespace strongroom::enclave
