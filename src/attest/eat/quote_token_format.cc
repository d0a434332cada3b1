// Evidence of Strongroom's enclaves in SGX: the quote is judged by Intel's rules, as a layer of its own, and
// what it says of the enclave is what the evidence says.
#include "arch/evidence_token.h"
#include "attest/eat/eat_format.h"
#include "attest/eat/quote_token.h"
#include "attest/intel/emulated.h"
#include "attest/intel/quote_format.h"

namespace strongroom::attest::eat {
namespace {

// Null options: decodes only.
void read_quote(const arch::QuoteToken& token, const VerificationOptions* given, Assessment& assessment) {
  const EvidenceFormat& format = intel::kQuoteFormat;
  Assessment layer;
  layer.result.format = format.name;
  if (given == nullptr) {
    format.decode(token.quote, layer);
  } else {
    VerificationOptions options = *given;
    options.nonce.reset();  // the quote has its hash
    options.policy = nullptr;
    format.verify(token.quote, options, layer);
  }
  layer.conclude();
  assessment.result.claims = layer.result.claims;
  assessment.result.tcb_status = layer.result.tcb_status;
  assessment.advise(layer.result.advisories);
  assessment.result.layers.push_back(std::move(layer.result));
}

void judge(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto token = parse_quote_token(bytes);
  if (!token) {
    assessment.malformed(token.error());
    return;
  }
  assessment.pass(Concern::kForm, "form", "the token has the claims of its profile, in their one encoding");
  read_quote(*token, options, assessment);
  Claims& claims = assessment.result.claims;
  const auto expected = arch::evidence_report_data(token->nonce, token->user_data);
  const bool bound = claims.report_data && equal(*claims.report_data, expected);
  claims.report_data = token->user_data;
  claims.nonce = token->nonce;
  if (options == nullptr) return;
  assessment.expect(assessment.result.layers[0].format.starts_with("sgx-quote"), Concern::kAuthenticity,
                    "quote.tee", "the quote is one of SGX", "the quote is none of SGX");
  assessment.expect(bound, Concern::kAuthenticity, "report.binding", "the report binds nonce and user data",
                    "REPORTDATA is not the hash of nonce and user data");
  assessment.expect(claims.debug == false, Concern::kGuard, "debug", "the enclave does not run in debug mode",
                    "the enclave runs in debug mode: its memory is open to the host");
  if (claims.tee == intel::kEmulatedTee)
    assessment.warn(Concern::kAuthenticity, "emulator",
                    "an SGX emulator made this evidence: it proves nothing");
  assessment.check_nonce(*options, token->nonce, "the token's nonce");
}

}  // namespace

constinit const EvidenceFormat kQuoteTokenFormat = {
    "strongroom-quote", "quotes of Strongroom's enclaves in `sgx`, with nonce and user data",
    looks_like_quote_token, decode_by<judge>, verify_by<judge>};

}  // namespace strongroom::attest::eat
