// An enclave in SGX whose host says what a test wants, and whose processor is software.
#pragma once

#include <vector>

#include "arch/test_platform.h"
#include "enclave/quote.h"

namespace strongroom::enclave::testing {

class ScriptedQuote : public QuoteParties {
 public:
  explicit ScriptedQuote(std::vector<Result<Bytes>> answers) : answers_(std::move(answers)) {}
  Result<Bytes> ask_host(ByteView request) override {
    requests.push_back(to_bytes(request));
    return requests.size() <= answers_.size() ? answers_[requests.size() - 1] : Bytes();
  }
  Result<arch::Report> report(const arch::TargetInfo& target, const arch::ReportData& data) override {
    const auto made = arch::ereport(arch::test_platform(), arch::test_enclave(), target, data);
    if (!made) return fail(ErrorCode::kInvalidArgument, "the processor refuses the target");
    return *made;
  }

  std::vector<Bytes> requests;

 private:
  std::vector<Result<Bytes>> answers_;
};

}  // namespace strongroom::enclave::testing
