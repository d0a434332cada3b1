#include "enclave/quote.h"

#include "arch/evidence_token.h"
#include "arch/quote_request.h"
#include "arch/quote_token.h"
#include "base/answer.h"

namespace strongroom::enclave {
namespace {

// Intel SGX DCAP ECDSA Quote Library API, A.4: the report's body stands behind a header of 48 bytes.
constexpr size_t kBodyInQuote = 48;

Result<Bytes> ask(QuoteParties& parties, arch::QuoteRequest kind, ByteView content) {
  const Bytes answer =
      TRY(parties.ask_host(ByteWriter().little(static_cast<uint32_t>(kind)).bytes(content).take()));
  return decode_answer(answer, "the host");
}

}  // namespace

Result<Bytes> make_quote_token(QuoteParties& parties, ByteReader& request) {
  const auto wanted = TRY(arch::read_evidence_request(request));
  const Bytes given = TRY(ask(parties, arch::QuoteRequest::kTargetInfo, {}));
  ByteReader reader(given);
  const auto target = TRY(reader.object<arch::TargetInfo>("the quoting enclave's TARGETINFO"));
  TRY(reader.expect_end("the quoting enclave's TARGETINFO"));
  const auto report = TRY(parties.report(target, arch::evidence_report_data(wanted.nonce, wanted.user_data)));
  const Bytes quote = TRY(ask(parties, arch::QuoteRequest::kQuote, object_bytes(report)));
  if (quote.size() > arch::kMaximumQuote)
    return fail(ErrorCode::kVerificationFailed, "the host gives a quote that is too long to be one");
  if (quote.size() < kBodyInQuote + sizeof report.body ||
      !equal(ByteView(quote).subspan(kBodyInQuote, sizeof report.body), object_bytes(report.body)))
    return fail(ErrorCode::kVerificationFailed, "the host gives a quote of another report than this one");
  return arch::encode_quote_token({wanted.nonce, wanted.user_data, quote});
}

}  // namespace strongroom::enclave
