// What a made case must come to, and how that is checked. Test code only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "strongroom/attest.h"

namespace strongroom::attest::testing {

struct Expectation {
  // Implicit: a case that any check may decide names its verdict alone.
  Expectation(Verdict the_verdict, std::string the_check = {}, Outcome the_outcome = Outcome::kFailed)
      : verdict(the_verdict), check(std::move(the_check)), outcome(the_outcome) {}

  Verdict verdict;
  std::string check;  // the check that must have this outcome; empty: none in particular
  Outcome outcome;
};

inline std::string report(const VerificationResult& result) {
  std::string out = std::string(to_string(result.verdict)) + "\n";
  for (const Finding& finding : result.findings)
    out += "  " + finding.check + ": " + std::string(to_string(finding.outcome)) + ": " + finding.why + "\n";
  return out;
}

inline void expect(const VerificationResult& result, const Expectation& wanted) {
  EXPECT_EQ(to_string(result.verdict), to_string(wanted.verdict)) << report(result);
  if (wanted.check.empty()) return;
  const bool found = std::any_of(result.findings.begin(), result.findings.end(), [&](const Finding& finding) {
    return finding.check == wanted.check && finding.outcome == wanted.outcome;
  });
  EXPECT_TRUE(found) << wanted.check << " should have the outcome " << to_string(wanted.outcome) << "\n"
                     << report(result);
}

}  // namespace strongroom::attest::testing
