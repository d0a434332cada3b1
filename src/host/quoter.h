// The quoter: a process beside the keeper that has the reports of one SGX enclave made quotes. Intel's quote
// library opens devices and connections, which the process that holds an enclave must not; and what it may do
// to its process does not concern the keeper.
//
// Whom it believes: nobody. What an enclave's process asks is checked by the quoting enclave, and what comes
// back by the verifier of the quote.
#pragma once

#include <functional>

#include "arch/report_format.h"
#include "base/file.h"

namespace strongroom::host {

// What makes quotes.
struct QuoteSource {
  std::function<Result<arch::TargetInfo>()> target_info;
  std::function<Result<Bytes>(const arch::Report&)> quote;
};

// The answer to a request of arch/quote_request.h; failures are answers, too.
Bytes answer_quote_request(ByteView request, const QuoteSource& source);

// Starts the process; it loads the quote library at the first request, and ends with its parent, or when the
// other end is closed. Yields the enclave's socket, for tee::Streams::keeper.
Result<FileDescriptor> start_quoter();

}  // namespace strongroom::host
