#include "attest/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "attest/roots.h"
#include "base/encoding.h"

namespace strongroom::attest {
namespace {

template <typename T>
bool among(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool same(const ClaimValue& wanted, const ClaimValue& claim) {
  if (wanted == claim) return true;
  const auto* text = std::get_if<std::string>(&wanted);
  const auto* bytes = std::get_if<Bytes>(&claim);
  if (text == nullptr || bytes == nullptr) return false;
  const auto decoded = from_hex(*text);
  return decoded && *decoded == *bytes;
}

// Whether revocation lists covered every chain that was judged, those of layers, too; `any` says whether one
// was.
bool revocation_holds(const VerificationResult& result, bool& any) {
  for (const Finding& finding : result.findings) {
    if (finding.concern != Concern::kRevocation) continue;
    if (finding.outcome != Outcome::kPassed) return false;
    any = true;
  }
  return std::all_of(result.layers.begin(), result.layers.end(),
                     [&](const VerificationResult& layer) { return revocation_holds(layer, any); });
}

// Judges one assessment by one rule; the findings stand in an assessment of their own until the best rule is
// known.
class RuleJudge {
 public:
  RuleJudge(const PolicyRule& rule, const Assessment& judged, Time time)
      : rule_(rule), result_(judged.result), supporting_roots_(judged.supporting_roots), time_(time) {}

  Assessment judge() {
    const Claims& claims = result_.claims;
    expect(among(rule_.tees, claims.tee), "tee", claims.tee.empty() ? "no TEE" : claims.tee);
    judge_root();
    judge_code();
    one_of(rule_.report_data, claims.report_data, "report_data");
    if (!rule_.product_ids.empty())
      expect(claims.product_id && among(rule_.product_ids, *claims.product_id), "product_id",
             claims.product_id ? fmt::format("product id {}", *claims.product_id) : "no product id");
    if (rule_.minimum_svn)
      expect(claims.svn && *claims.svn >= *rule_.minimum_svn, "svn",
             claims.svn ? fmt::format("SVN {}", *claims.svn) : "no SVN");
    judge_tcb();
    for (const auto& [name, values] : rule_.claims) judge_claim(name, values);
    for (const auto& [name, least] : rule_.minimum) judge_minimum(name, least);
    if (rule_.require_nonce) {
      const bool checked =
          std::any_of(result_.findings.begin(), result_.findings.end(), [](const Finding& finding) {
            return finding.check == "nonce" && finding.outcome != Outcome::kNotApplicable;
          });
      if (!checked)
        out_.miss(Concern::kPolicy, "policy.nonce",
                  "the policy wants a nonce, but none was given to compare with");
    }
    judge_revocation();
    return std::move(out_);
  }

 private:
  void expect(bool good, std::string_view check, const std::string& what) {
    out_.expect(good, Concern::kPolicy, fmt::format("policy.{}", check), fmt::format("{} is allowed", what),
                fmt::format("{} is not allowed by rule \"{}\"", what, rule_.name));
  }

  void one_of(const std::vector<Bytes>& allowed, const std::optional<Bytes>& value, std::string_view check) {
    if (allowed.empty()) return;
    expect(value && among(allowed, *value), check,
           value ? fmt::format("{} {}", check, to_hex(*value)) : fmt::format("no {}", check));
  }

  void judge_root() {
    const std::string& root = result_.claims.root;
    if (root.empty() && rule_.insecure_unrooted) {
      out_.warn(Concern::kPolicy, "policy.root", "the policy allows evidence without a root");
      return;
    }
    expect(rule_.roots.empty() ? is_pinned_root(root) : names(root), "root",
           root.empty() ? "no root" : "root " + root);
    // A root that another rule allows vouches for nothing under this one.
    for (const std::string& other : supporting_roots_)
      if (!is_pinned_root(other)) expect(names(other), "root", "root " + other + " of a document");
  }

  [[nodiscard]] bool names(const std::string& root) const {
    return std::any_of(rule_.roots.begin(), rule_.roots.end(),
                       [&](const std::string& name) { return root == name || root == "extra:" + name; });
  }

  void judge_revocation() {
    bool any = false;
    if (rule_.require_revocation && !(revocation_holds(result_, any) && any))
      out_.miss(Concern::kPolicy, "policy.revocation",
                "the policy wants current revocation lists, but none cover every chain of the evidence");
  }

  void judge_code() {
    one_of(rule_.measurements, result_.claims.measurement, "measurement");
    one_of(rule_.signers, result_.claims.signer, "signer");
    if (rule_.measurements.empty() && rule_.signers.empty())
      out_.warn(Concern::kPolicy, "policy.measurement", "the policy allows any code");
  }

  void judge_tcb() {
    if (!result_.tcb_status.empty())
      expect(among(rule_.tcb_status, result_.tcb_status), "tcb_status", "TCB status " + result_.tcb_status);
    for (const std::string& advisory : result_.advisories) {
      if (rule_.insecure_any_advisory) continue;
      const auto allowed = std::find_if(rule_.advisories.begin(), rule_.advisories.end(),
                                        [&](const AllowedAdvisory& a) { return a.id == advisory; });
      if (allowed == rule_.advisories.end()) {
        expect(false, "advisories", advisory);
      } else if (allowed->until && time_ >= *allowed->until) {
        expect(false, "advisories", advisory + ", allowed until a time that has passed,");
      } else {
        expect(true, "advisories", advisory);
      }
    }
  }

  void judge_claim(const std::string& name, const std::vector<ClaimValue>& values) {
    const auto claim = result_.claims.vendor.find(name);
    const bool present = claim != result_.claims.vendor.end();
    const bool good = present && std::any_of(values.begin(), values.end(),
                                             [&](const ClaimValue& v) { return same(v, claim->second); });
    expect(good, name, present ? "the value of " + name : "evidence without " + name);
  }

  void judge_minimum(const std::string& name, uint64_t least) {
    const auto claim = result_.claims.vendor.find(name);
    const uint64_t* number =
        claim == result_.claims.vendor.end() ? nullptr : std::get_if<uint64_t>(&claim->second);
    expect(number != nullptr && *number >= least, name,
           number == nullptr ? "evidence without " + name : fmt::format("{} {}", name, *number));
  }

  const PolicyRule& rule_;
  const VerificationResult& result_;
  const std::vector<std::string>& supporting_roots_;
  Time time_;
  Assessment out_;
};

size_t count(const std::vector<Finding>& findings, Outcome outcome) {
  return static_cast<size_t>(std::count_if(
      findings.begin(), findings.end(), [&](const Finding& finding) { return finding.outcome == outcome; }));
}

// The vendor's refusal becomes a warning where the rule allows exactly that.
void allow(std::vector<Finding>& findings, std::string_view check, const PolicyRule& rule) {
  for (Finding& finding : findings) {
    if (finding.check != check || finding.outcome != Outcome::kFailed) continue;
    finding.outcome = Outcome::kWarning;
    finding.why += fmt::format("; rule \"{}\" allows it", rule.name);
  }
}

// What a rule comes to: its own findings, and the evidence's as it lets them stand.
struct Judgement {
  const PolicyRule* rule = nullptr;
  std::vector<Finding> own, evidence;
  size_t failed = 0;  // of its own

  // Rules that hold come before those that do not, and among those the one under which least is wrong: what
  // one rule accepts entirely is not refused because another has less to say against it.
  [[nodiscard]] auto rank() const {
    return std::tuple(failed, count(evidence, Outcome::kFailed),
                      count(evidence, Outcome::kMissing) + count(own, Outcome::kMissing));
  }
};

Judgement judge_by(const PolicyRule& rule, Time time, const Assessment& assessment) {
  Judgement out{&rule, RuleJudge(rule, assessment, time).judge().result.findings, assessment.result.findings};
  out.failed = count(out.own, Outcome::kFailed);
  if (out.failed == 0 && among(rule.tcb_status, assessment.result.tcb_status))
    allow(out.evidence, "tcb.status", rule);
  if (out.failed == 0 && rule.insecure_debug) allow(out.evidence, "debug", rule);
  if (out.failed == 0 && rule.insecure_unrooted && assessment.result.claims.root.empty())
    allow(out.evidence, "unrooted", rule);
  if (rule.require_revocation)
    for (Finding& finding : out.evidence)
      if (finding.concern == Concern::kRevocation && finding.outcome == Outcome::kWarning)
        finding.outcome = Outcome::kMissing;
  return out;
}

}  // namespace

void apply_policy(const Policy& policy, Time time, Assessment& assessment) {
  Judgement best;
  for (const PolicyRule& rule : policy.contents().rules) {
    Judgement judgement = judge_by(rule, time, assessment);
    if (best.rule == nullptr || judgement.rank() < best.rank()) best = std::move(judgement);
  }
  if (best.rule == nullptr) {
    assessment.fail(Concern::kPolicy, "policy.rule", "the policy has no rule, and so allows nothing");
    return;
  }
  assessment.result.findings = std::move(best.evidence);
  assessment.expect(best.failed == 0, Concern::kPolicy, "policy.rule",
                    fmt::format("rule \"{}\" allows this evidence", best.rule->name),
                    fmt::format("no rule allows this evidence; closest is \"{}\"", best.rule->name));
  std::vector<Finding>& findings = assessment.result.findings;
  findings.insert(findings.end(), best.own.begin(), best.own.end());
}

}  // namespace strongroom::attest
