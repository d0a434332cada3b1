#include "attest/command/wrap_command.h"

#include "arch/evidence_token.h"
#include "attest/cmw/cmw.h"
#include "attest/command/input.h"
#include "base/file.h"

namespace strongroom::attest {
namespace {

// Media types are registered for EATs (RFC 9782); vendors' binary formats have none.
Result<std::string> type_of(const VerificationResult& evidence) {
  if (evidence.format == "strongroom-eat")
    return "application/eat+cwt; eat_profile=\"" + std::string(arch::kEvidenceProfile) + "\"";
  return fail(ErrorCode::kInvalidArgument,
              "there is no registered media type for " + evidence.format + ": name one by --type");
}

}  // namespace

Result<int> run(const WrapCommand& command, std::ostream& out) {
  const Bytes evidence = plain_evidence(TRY(read_evidence(command.evidence)));
  const VerificationResult decoded = decode(evidence);
  if (decoded.verdict == Verdict::kMalformed)
    return fail(ErrorCode::kMalformed, command.evidence.string() + ": " + decoded.findings.front().why);
  const cmw::Record record{command.type ? *command.type : TRY(type_of(decoded)), evidence, cmw::kEvidence};
  const Bytes wrapped = command.cbor ? cmw::to_cbor(record) : to_bytes(as_bytes(cmw::to_json(record) + "\n"));
  // What others could not read is not written: a type that is none.
  TRY(cmw::parse_cmw(wrapped));
  if (command.output) {
    TRY(write_file(*command.output, wrapped));
  } else {
    out << as_text(wrapped);
  }
  return 0;
}

}  // namespace strongroom::attest
