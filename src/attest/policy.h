// What is inside of a Policy, and its application to a result.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attest/assessment.h"
#include "strongroom/attest.h"

namespace strongroom::attest {

struct AllowedAdvisory {
  std::string id;
  std::optional<Time> until;
};

struct PolicyRule {
  std::string name;
  std::vector<std::string> tees;
  std::vector<Bytes> measurements, signers, report_data;
  std::vector<uint64_t> product_ids;
  std::optional<uint64_t> minimum_svn;
  std::vector<std::string> tcb_status = {"UpToDate"};
  std::vector<std::string> roots;  // empty: the pinned ones
  std::vector<AllowedAdvisory> advisories;
  std::map<std::string, std::vector<ClaimValue>> claims;  // text stands for text and for bytes in hexadecimal
  std::map<std::string, uint64_t> minimum;
  bool require_nonce = false, require_revocation = false;
  bool insecure_debug = false, insecure_any_code = false, insecure_any_advisory = false,
       insecure_unrooted = false;
};

struct PolicyContents {
  std::string name;  // of the file
  std::vector<ExtraRoot> roots;
  std::vector<PolicyRule> rules;
};

// Adds the findings of the rule that fits best, under "policy....", and turns the vendor's refusals that this
// rule allows by name (TCB status, debugging) into warnings.
void apply_policy(const Policy& policy, Time time, Assessment& assessment);

}  // namespace strongroom::attest
