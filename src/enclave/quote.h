// Evidence of an enclave in SGX: its REPORT for the quoting enclave, made a quote by the host.
#pragma once

#include "arch/report.h"

namespace strongroom::enclave {

// Whom it takes.
class QuoteParties {
 public:
  virtual ~QuoteParties() = default;
  // The host: a request of arch/quote_request.h -> the body of its answer.
  virtual Result<Bytes> ask_host(ByteView request) = 0;
  // The processor.
  virtual Result<arch::Report> report(const arch::TargetInfo& target, const arch::ReportData& data) = 0;
};

// What KeeperRequest::kEvidence asks for -> an arch::QuoteToken. The host can refuse a quote, or give one
// that no verifier accepts; a quote of another enclave, or about something else, is refused here:
// kVerificationFailed.
Result<Bytes> make_quote_token(QuoteParties& parties, ByteReader& request);

}  // namespace strongroom::enclave
