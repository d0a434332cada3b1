// The result of one verification while it is being made: what every format's code writes its findings into.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "strongroom/attest.h"

namespace strongroom::crypto {
struct Chain;
}

namespace strongroom::attest {

class Assessment {
 public:
  VerificationResult result;
  // Roots of documents that the verdict rests on, and of which result.claims.root says nothing: a policy must
  // allow them, too.
  std::vector<std::string> supporting_roots;

  void pass(Concern concern, std::string_view check, std::string why);
  void fail(Concern concern, std::string_view check, std::string why);
  void miss(Concern concern, std::string_view check, std::string why);
  void warn(Concern concern, std::string_view check, std::string why);
  void skip(Concern concern, std::string_view check, std::string why);  // not applicable

  // Passes with `why`, or fails with the error's message; kNotFound is a miss. Returns whether it passed.
  bool judge(Concern concern, std::string_view check, const Result<void>& outcome, std::string why);
  // Passes or fails.
  bool expect(bool good, Concern concern, std::string_view check, std::string why_good, std::string why_bad);

  // The bytes do not keep the format's rules: the verdict will be malformed.
  void malformed(const Error& error);

  void advise(const std::vector<std::string>& advisories);

  // `nonce` (where asked for) equals the format's own field.
  void check_nonce(const VerificationOptions& options, ByteView nonce, std::string_view field);
  // `nonce` stands at the beginning of the report data.
  void check_nonce_prefix(const VerificationOptions& options, ByteView report_data, std::string_view field);

  // Keeps the chain in the result where the options want it.
  void keep_chain(const VerificationOptions& options, std::string_view purpose, const crypto::Chain& chain);

  // Sets verdict and authentic from the findings, and sorts the advisories; called last.
  void conclude();

 private:
  void add(Concern concern, Outcome outcome, std::string_view check, std::string why);
};

}  // namespace strongroom::attest
