#include "attest/assessment.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "crypto/chain.h"

namespace strongroom::attest {

void Assessment::add(Concern concern, Outcome outcome, std::string_view check, std::string why) {
  result.findings.push_back({std::string(check), concern, outcome, std::move(why)});
}

void Assessment::pass(Concern concern, std::string_view check, std::string why) {
  add(concern, Outcome::kPassed, check, std::move(why));
}
void Assessment::fail(Concern concern, std::string_view check, std::string why) {
  add(concern, Outcome::kFailed, check, std::move(why));
}
void Assessment::miss(Concern concern, std::string_view check, std::string why) {
  add(concern, Outcome::kMissing, check, std::move(why));
}
void Assessment::warn(Concern concern, std::string_view check, std::string why) {
  add(concern, Outcome::kWarning, check, std::move(why));
}
void Assessment::skip(Concern concern, std::string_view check, std::string why) {
  add(concern, Outcome::kNotApplicable, check, std::move(why));
}

bool Assessment::judge(Concern concern, std::string_view check, const Result<void>& outcome,
                       std::string why) {
  if (outcome) {
    pass(concern, check, std::move(why));
  } else if (outcome.error().code == ErrorCode::kNotFound) {
    miss(concern, check, outcome.error().message);
  } else {
    fail(concern, check, outcome.error().message);
  }
  return outcome.has_value();
}

bool Assessment::expect(bool good, Concern concern, std::string_view check, std::string why_good,
                        std::string why_bad) {
  add(concern, good ? Outcome::kPassed : Outcome::kFailed, check, std::move(good ? why_good : why_bad));
  return good;
}

void Assessment::malformed(const Error& error) {
  fail(Concern::kForm, "form", error.message);
}

void Assessment::advise(const std::vector<std::string>& advisories) {
  result.advisories.insert(result.advisories.end(), advisories.begin(), advisories.end());
}

void Assessment::check_nonce(const VerificationOptions& options, ByteView nonce, std::string_view field) {
  if (!options.nonce) {
    skip(Concern::kFreshness, "nonce", "no nonce was asked for: the evidence may be a replay");
    return;
  }
  // An empty one is bound by everything, and so by nothing.
  expect(!options.nonce->empty() && equal(*options.nonce, nonce), Concern::kFreshness, "nonce",
         fmt::format("{} is the nonce", field),
         fmt::format("{} is {}, not the nonce", field, nonce.empty() ? "empty" : to_hex(nonce)));
}

void Assessment::check_nonce_prefix(const VerificationOptions& options, ByteView report_data,
                                    std::string_view field) {
  if (!options.nonce) {
    skip(Concern::kFreshness, "nonce", "no nonce was asked for: the evidence may be a replay");
    return;
  }
  const Bytes& nonce = *options.nonce;
  const bool bound =
      !nonce.empty() && nonce.size() <= report_data.size() && equal(nonce, report_data.first(nonce.size()));
  expect(bound, Concern::kFreshness, "nonce", fmt::format("{} begins with the nonce", field),
         fmt::format("{} does not begin with the nonce", field));
}

void Assessment::keep_chain(const VerificationOptions& options, std::string_view purpose,
                            const crypto::Chain& chain) {
  if (!options.keep_chains) return;
  CertificateChain kept{std::string(purpose), chain.root, {}};
  for (const crypto::Certificate& certificate : chain.certificates)
    kept.certificates.push_back({certificate.subject(), certificate.issuer(), certificate.validity().from,
                                 certificate.validity().until, certificate.key_fingerprint()});
  result.chains.push_back(std::move(kept));
}

void Assessment::conclude() {
  bool malformed = false, failed = false, missing = false, authentic = false, doubtful = false;
  for (const Finding& finding : result.findings) {
    const bool fails = finding.outcome == Outcome::kFailed;
    const bool misses = finding.outcome == Outcome::kMissing;
    malformed = malformed || (fails && finding.concern == Concern::kForm);
    failed = failed || fails;
    missing = missing || misses;
    if (finding.concern == Concern::kAuthenticity) {
      authentic = authentic || finding.outcome == Outcome::kPassed;
      doubtful = doubtful || fails || misses;
    }
    if (finding.concern == Concern::kRevocation) doubtful = doubtful || fails;
  }
  for (const VerificationResult& layer : result.layers) {
    malformed = malformed || layer.verdict == Verdict::kMalformed;
    failed = failed || layer.verdict == Verdict::kRefused;
    missing = missing || layer.verdict == Verdict::kUndetermined;
    doubtful = doubtful || !layer.authentic;
  }
  result.authentic = authentic && !doubtful && !malformed;
  result.verdict = malformed ? Verdict::kMalformed
                   : failed  ? Verdict::kRefused
                   : missing ? Verdict::kUndetermined
                             : Verdict::kAccepted;
  // Nothing is accepted for want of checks.
  if (result.verdict == Verdict::kAccepted && !result.authentic) result.verdict = Verdict::kUndetermined;
  std::vector<std::string>& advisories = result.advisories;
  std::sort(advisories.begin(), advisories.end());
  advisories.erase(std::unique(advisories.begin(), advisories.end()), advisories.end());
}

}  // namespace strongroom::attest
