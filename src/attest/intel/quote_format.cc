#include "attest/intel/quote_format.h"

#include <fmt/format.h>

#include "attest/intel/quote.h"
#include "attest/intel/quote_claims.h"
#include "attest/intel/quote_signatures.h"
#include "attest/intel/quote_tcb.h"
#include "attest/roots.h"
#include "attest/tpm/event_log_check.h"

namespace strongroom::attest::intel {
namespace {

std::optional<Quote> read(ByteView evidence, Assessment& assessment) {
  auto quote = parse_quote(evidence);
  if (!quote) {
    assessment.malformed(quote.error());
    return std::nullopt;
  }
  assessment.result.format = fmt::format("{}-quote-v{}", quote->td ? "tdx" : "sgx", quote->version);
  fill_claims(*quote, assessment.result.claims);
  assessment.pass(Concern::kForm, "form", "the quote has the form that its version prescribes");
  return std::move(*quote);
}

void decode(ByteView evidence, Assessment& assessment) {
  read(evidence, assessment);
}

// An emulator's quote is judged where the caller trusts its root, and never passes for hardware.
void judge_emulator(const Quote& quote, Assessment& assessment) {
  if (!quote.is_emulated()) return;
  const std::string& root = assessment.result.claims.root;
  if (!root.empty() && !is_pinned_root(root))
    assessment.warn(Concern::kAuthenticity, "emulator",
                    "an SGX emulator made this quote: no hardware stands behind it");
  else
    assessment.fail(Concern::kAuthenticity, "emulator",
                    "an SGX emulator made this quote, which proves nothing; to judge it in a test, give its "
                    "test root");
}

void verify(ByteView evidence, const VerificationOptions& options, Assessment& assessment) {
  const std::optional<Quote> quote = read(evidence, assessment);
  if (!quote) return;

  const bool debug = quote->td ? quote->td->debug() : quote->enclave->debug();
  assessment.expect(!debug, Concern::kGuard, "debug", "debugging is off",
                    quote->td ? "TDATTRIBUTES allow debugging of the TD: its host reads and changes it"
                              : "ATTRIBUTES allow debugging of the enclave: its host reads and changes it");
  assessment.check_nonce_prefix(
      options, quote->td ? ByteView(quote->td->report_data) : ByteView(quote->enclave->report_data),
      "REPORTDATA");

  const std::optional<Platform> platform = verify_signatures(*quote, options, assessment);
  judge_emulator(*quote, assessment);
  if (platform) judge_tcb(*quote, *platform, options, assessment);
  if (quote->td) tpm::judge_runtime_logs(options, quote->td->rtmr, assessment);
}

}  // namespace

constinit const EvidenceFormat kQuoteFormat = {
    "intel-quote", "Intel SGX and TDX ECDSA quotes, versions 3 to 5", looks_like_quote, decode, verify};

}  // namespace strongroom::attest::intel
