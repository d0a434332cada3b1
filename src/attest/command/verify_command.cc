#include "attest/command/verify_command.h"

#include <chrono>

#include "attest/command/input.h"
#include "attest/command/output.h"
#include "attest/rfc3339.h"
#include "base/encoding.h"
#include "base/file.h"
#include "crypto/pem.h"

namespace strongroom::attest {
namespace {

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return kExitAccepted;
    case Verdict::kRefused:
      return kExitRefused;
    case Verdict::kMalformed:
      return kExitMalformed;
    case Verdict::kUndetermined:
      return kExitUndetermined;
  }
  return kExitNotRun;
}

int not_run(const Error& error, std::ostream& err) {
  err << "strongroom: " << error.message << "\n";
  return kExitNotRun;
}

void write(const VerificationResult& result, bool json, std::ostream& out) {
  json ? write_json(result, out) : write_table(result, out);
}

Result<Policy> read_policy(const std::filesystem::path& path) {
  const Bytes text = TRY(read_file(path, size_t{1} << 20));
  return Policy::parse(as_text(text), path.string());
}

// The keys of the certificates in a file, as roots named after it.
Result<void> add_roots(const std::filesystem::path& path, VerificationOptions& options) {
  const Bytes content = TRY(read_file(path, size_t{1} << 20));
  std::vector<crypto::Certificate> certificates;
  if (auto one = crypto::Certificate::from_der(content)) {
    certificates.push_back(std::move(*one));
  } else {
    certificates = TRY_IN(path.string(), crypto::certificates_from_pem(content));
  }
  for (const crypto::Certificate& certificate : certificates) {
    if (!certificate.self_issued())
      return fail(ErrorCode::kInvalidArgument,
                  path.string() + ": " + certificate.subject() + " is no root: another authority issued it");
    options.extra_roots.push_back({path.filename().string(), certificate.key_fingerprint()});
  }
  return {};
}

Result<VerificationResult> verify_files(const VerifyCommand& command) {
  VerificationOptions options;
  options.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (command.time) options.time = TRY_IN("--time", parse_rfc3339(*command.time));
  if (command.nonce) {
    options.nonce = TRY_IN("--nonce", from_hex(*command.nonce));
    if (options.nonce->empty()) return fail(ErrorCode::kInvalidArgument, "--nonce: it is empty");
  }
  std::optional<Policy> policy;
  if (command.policy) {
    policy = TRY(read_policy(*command.policy));
    options.policy = &*policy;
  }
  Collateral collateral;
  std::vector<std::string> passed_over;
  for (const auto& path : command.collateral) TRY(add_collateral(collateral, path, passed_over));
  for (const auto& path : command.roots) {
    TRY(add_roots(path, options));
    TRY(add_collateral(collateral, path, passed_over));
  }
  options.collateral = &collateral;
  VerificationResult result = verify(TRY(read_evidence(command.evidence)), options);
  for (std::string& why : passed_over)
    result.findings.push_back(
        {"collateral", Concern::kForm, Outcome::kWarning, "passed over: " + std::move(why)});
  return result;
}

}  // namespace

int run(const VerifyCommand& command, std::ostream& out, std::ostream& err) {
  const auto result = verify_files(command);
  if (!result) return not_run(result.error(), err);
  write(*result, command.json, out);
  return exit_code(result->verdict);
}

int run(const ShowCommand& command, std::ostream& out, std::ostream& err) {
  const auto evidence = read_evidence(command.evidence);
  if (!evidence) return not_run(evidence.error(), err);
  const VerificationResult result = decode(*evidence);
  write(result, command.json, out);
  return result.verdict == Verdict::kMalformed ? kExitMalformed : kExitAccepted;
}

int run(const PolicyCommand& command, std::ostream& out, std::ostream& err) {
  const auto policy = read_policy(command.policy);
  if (!policy) return not_run(policy.error(), err);
  if (command.explain) {
    out << policy->explain();
  } else {
    out << command.policy.string() << ": good\n";
    for (const std::string& weakness : policy->weaknesses()) out << "weakness: " << weakness << "\n";
  }
  return 0;
}

}  // namespace strongroom::attest
