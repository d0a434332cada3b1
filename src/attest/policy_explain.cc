#include <fmt/format.h>

#include <algorithm>

#include "attest/policy.h"
#include "attest/roots.h"
#include "base/encoding.h"
#include "crypto/chain.h"

namespace strongroom::attest {
namespace {

std::string text(const ClaimValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<uint64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* words = std::get_if<std::string>(&value)) return *words;
  if (const auto* bytes = std::get_if<Bytes>(&value)) return to_hex(*bytes);
  return fmt::format("{}", fmt::join(std::get<std::vector<std::string>>(value), ", "));
}

class Explanation {
 public:
  explicit Explanation(std::string& out) : out_(out) {}

  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_ += "  - " + fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  void hexes(const std::vector<Bytes>& values, std::string_view what) {
    if (values.empty()) return;
    std::vector<std::string> texts;
    for (const Bytes& bytes : values) texts.push_back(to_hex(bytes));
    line("{} is {}", what, fmt::join(texts, " or "));
  }

 private:
  std::string& out_;
};

void explain(const PolicyRule& rule, std::string& out) {
  out += fmt::format("Accepted by \"{}\" is evidence of which all of this holds:\n", rule.name);
  Explanation e(out);
  e.line("it is authentic, and the TEE is {}", fmt::join(rule.tees, " or "));
  if (rule.roots.empty()) {
    e.line("its chain ends at a root that is the vendor's and pinned");
  } else {
    e.line("its chain ends at {}", fmt::join(rule.roots, " or "));
  }
  e.hexes(rule.measurements, "the measurement");
  e.hexes(rule.signers, "the signer");
  e.hexes(rule.report_data, "the report data");
  if (!rule.product_ids.empty()) e.line("the product id is {}", fmt::join(rule.product_ids, " or "));
  if (rule.minimum_svn) e.line("the SVN is at least {}", *rule.minimum_svn);
  e.line("the TCB status, where the vendor has one, is {}", fmt::join(rule.tcb_status, " or "));
  for (const AllowedAdvisory& advisory : rule.advisories)
    e.line("{} may be open{}", advisory.id,
           advisory.until ? " until " + crypto::time_text(*advisory.until) : "");
  if (!rule.insecure_any_advisory) e.line("no {}advisory is open", rule.advisories.empty() ? "" : "other ");
  for (const auto& [name, values] : rule.claims) {
    std::vector<std::string> texts;
    for (const ClaimValue& value : values) texts.push_back(text(value));
    e.line("{} is {}", name, fmt::join(texts, " or "));
  }
  for (const auto& [name, least] : rule.minimum) e.line("{} is at least {}", name, least);
  if (rule.require_nonce) e.line("it is bound to the nonce of the call");
  if (rule.require_revocation) e.line("current revocation lists cover its chain");
  if (!rule.insecure_debug) e.line("debugging is off");
}

}  // namespace

std::string Policy::explain() const {
  std::string out;
  for (const PolicyRule& rule : contents_->rules) attest::explain(rule, out);
  for (const std::string& weakness : weaknesses()) out += "Weakness: " + weakness + "\n";
  out += "Everything else is refused.\n";
  return out;
}

namespace {

// Keepers are vouched for by whatever runs on a machine with such a root, unless the rule says what.
bool trusts_any_keeper(const PolicyRule& rule) {
  const auto of_keeper = [](const std::string& tee) { return tee == "process" || tee == "vm"; };
  const auto says_which = [](const auto& claim) {
    return claim.first == "root.measurement" || claim.first == "root.signer" ||
           claim.first == "keeper.key_sha256" || claim.first.find(".pcr") != std::string::npos;
  };
  const bool by_vendor =
      rule.roots.empty() || std::any_of(rule.roots.begin(), rule.roots.end(),
                                        [](const std::string& root) { return is_pinned_root(root); });
  return by_vendor && !rule.insecure_unrooted && std::any_of(rule.tees.begin(), rule.tees.end(), of_keeper) &&
         std::none_of(rule.claims.begin(), rule.claims.end(), says_which);
}

}  // namespace

std::vector<std::string> Policy::weaknesses() const {
  std::vector<std::string> out;
  for (const PolicyRule& rule : contents_->rules) {
    const auto note = [&](bool on, std::string_view what) {
      if (on) out.push_back(fmt::format("\"{}\" {}", rule.name, what));
    };
    note(rule.insecure_any_code, "accepts any code (insecure_any_code)");
    note(rule.insecure_debug, "accepts TEEs whose memory the host can read (insecure_debug)");
    note(rule.insecure_any_advisory, "accepts any open advisory (insecure_any_advisory)");
    note(rule.insecure_unrooted, "accepts evidence without a hardware root (insecure_unrooted)");
    note(trusts_any_keeper(rule),
         "accepts tokens of any keeper on any machine with such a root: name \"root.measurement\" or PCRs "
         "(\"tpm.pcr7\") in [allow.claims]");
  }
  return out;
}

}  // namespace strongroom::attest
