#include "attest/command/verify_command.h"

#include <chrono>

#include "attest/assessment.h"
#include "attest/command/input.h"
#include "attest/command/output.h"
#include "attest/rfc3339.h"
#include "base/encoding.h"
#include "base/file.h"
#include "crypto/digest.h"
#include "strongroom/attestation_result.h"

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

template <typename Command>
void write(const VerificationResult& result, const Command& command, std::ostream& out) {
  command.json ? write_json(result, out) : write_table(result, {command.colour}, out);
}

Result<Policy> read_policy(const std::filesystem::path& path) {
  const Bytes text = TRY(read_file(path, size_t{1} << 20));
  return Policy::parse(as_text(text), path.string());
}

Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// "ni:///sha-256;..." of these bytes (RFC 6920).
std::string name_of(ByteView bytes) {
  return "ni:///sha-256;" + to_base64url(crypto::sha256(bytes));
}

// A verdict with what an attestation result tells of it besides.
struct Judgement {
  VerificationResult result;
  AttestationResultOptions options;
};

Result<void> check(const VerifyCommand& command) {
  if (command.result && *command.result != "jwt" && *command.result != "cwt")
    return fail(ErrorCode::kInvalidArgument, "--result is jwt or cwt");
  if (command.result.has_value() != command.result_key.has_value())
    return fail(ErrorCode::kInvalidArgument, "--result and --result-key belong together");
  if (command.result_file && !command.result)
    return fail(ErrorCode::kInvalidArgument, "--result-file needs --result");
  return {};
}

Result<void> write_result(const VerifyCommand& command, const Judgement& judgement, std::ostream& out) {
  const Bytes pem = TRY(read_file(*command.result_key, size_t{1} << 16));
  Bytes token;
  if (*command.result == "jwt") {
    const std::string text = TRY_IN("--result-key " + command.result_key->string(),
                                    sign_result_jwt(judgement.result, judgement.options, as_text(pem)));
    token = to_bytes(as_bytes(text + "\n"));
  } else {
    token = TRY_IN("--result-key " + command.result_key->string(),
                   sign_result_cwt(judgement.result, judgement.options, as_text(pem)));
  }
  if (command.result_file) return write_file(*command.result_file, token);
  out << as_text(token);
  return {};
}

// What is too long to be evidence is none, whatever it holds; every other error is one of reading it.
Result<VerificationResult> judge_unread(const Error& error) {
  if (error.code != ErrorCode::kResourceExhausted) return tl::unexpected(error);
  Assessment assessment;
  assessment.malformed(error);
  assessment.conclude();
  return std::move(assessment.result);
}

Result<Judgement> verify_files(const VerifyCommand& command) {
  TRY(check(command));
  VerificationOptions options;
  options.time = now();
  if (command.time) options.time = TRY_IN("--time", parse_rfc3339(*command.time));
  if (command.nonce) {
    options.nonce = TRY_IN("--nonce", from_hex(*command.nonce));
    if (options.nonce->empty()) return fail(ErrorCode::kInvalidArgument, "--nonce: it is empty");
  }
  AttestationResultOptions told;
  std::optional<Policy> policy;
  if (command.policy) {
    const Bytes text = TRY(read_file(*command.policy, size_t{1} << 20));
    policy = TRY(Policy::parse(as_text(text), command.policy->string()));
    options.policy = &*policy;
    told.policy_id = name_of(text);
  }
  Collateral collateral;
  std::vector<std::string> passed_over;
  for (const auto& path : command.collateral) TRY(add_collateral(collateral, path, passed_over));
  for (const auto& path : command.roots) {
    TRY(add_roots(TRY(read_file(path, size_t{1} << 20)), path.filename().string(), options));
    TRY(add_collateral(collateral, path, passed_over));
  }
  options.collateral = &collateral;
  const auto evidence = read_evidence(command.evidence);
  // A signed result names the evidence by its hash, which nobody knows here.
  if (!evidence && command.result) return tl::unexpected(evidence.error());
  VerificationResult result = evidence ? verify(*evidence, options) : TRY(judge_unread(evidence.error()));
  for (std::string& why : passed_over)
    result.findings.push_back(
        {"collateral", Concern::kForm, Outcome::kWarning, "passed over: " + std::move(why)});
  told.issued = now();
  told.judged = options.time;
  told.nonce = options.nonce;
  if (evidence) told.evidence_sha256 = crypto::sha256(plain_evidence(*evidence));
  return Judgement{std::move(result), std::move(told)};
}

}  // namespace

int run(const VerifyCommand& command, std::ostream& out, std::ostream& err) {
  const auto judgement = verify_files(command);
  if (!judgement) return not_run(judgement.error(), err);
  if (command.result)
    if (const auto written = write_result(command, *judgement, out); !written)
      return not_run(written.error(), err);
  if (!command.result || command.result_file) write(judgement->result, command, out);
  return exit_code(judgement->result.verdict);
}

int run(const ShowCommand& command, std::ostream& out, std::ostream& err) {
  const auto evidence = read_evidence(command.evidence);
  const auto result = evidence ? decode(*evidence) : judge_unread(evidence.error());
  if (!result) return not_run(result.error(), err);
  write(*result, command, out);
  return result->verdict == Verdict::kMalformed ? kExitMalformed : kExitAccepted;
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
