#define TOML_EXCEPTIONS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <initializer_list>

#include "attest/policy.h"
#include "attest/roots.h"
#include "base/encoding.h"
#include "base/toml_text.h"

namespace strongroom::attest {
namespace {

// Reads tables of one file; every error names the file and the line.
class Reader {
 public:
  explicit Reader(std::string name) { contents_.name = std::move(name); }

  Result<PolicyContents> read(const toml::table& file) {
    TRY(only(file, {"version", "root", "allow"}, "policy"));
    if (file["version"].value_exact<int64_t>() != 1) return wrong(file, "version = 1 is required at the top");
    TRY(each_table(file, "root", [this](const toml::table& table) { return read_root(table); }));
    TRY(each_table(file, "allow", [this](const toml::table& table) { return read_rule(table); }));
    return std::move(contents_);
  }

  [[nodiscard]] tl::unexpected<Error> wrong(const toml::source_region& where, std::string_view why) const {
    return fail(ErrorCode::kMalformed, fmt::format("{}:{}: {}", contents_.name, where.begin.line, why));
  }

 private:
  [[nodiscard]] tl::unexpected<Error> wrong(const toml::node& where, std::string_view why) const {
    return wrong(where.source(), why);
  }

  [[nodiscard]] Result<void> only(const toml::table& table, std::initializer_list<std::string_view> keys,
                                  std::string_view where) const {
    for (const auto& [key, value] : table) {
      if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
      return wrong(key.source(), fmt::format("unknown key \"{}\" in {}; known are {}", key.str(), where,
                                             fmt::join(keys, ", ")));
    }
    return {};
  }

  template <typename Use>
  Result<void> each_table(const toml::table& parent, std::string_view key, Use&& use) {
    const toml::node* node = parent.get(key);
    if (node == nullptr) return {};
    const toml::array* array = node->as_array();
    if (array == nullptr) return wrong(*node, fmt::format("write [[{}]]: it is a list of tables", key));
    for (const toml::node& item : *array) {
      if (!item.is_table()) return wrong(item, fmt::format("write [[{}]]: it is a list of tables", key));
      TRY(use(*item.as_table()));
    }
    return {};
  }

  Result<std::string> text(const toml::node& node, std::string_view key) const {
    if (!node.is_string()) return wrong(node, fmt::format("{} must be text", key));
    return node.as_string()->get();
  }

  Result<uint64_t> number(const toml::node& node, std::string_view key) const {
    if (!node.is_integer() || node.as_integer()->get() < 0)
      return wrong(node, fmt::format("{} must be a number from 0 on", key));
    return static_cast<uint64_t>(node.as_integer()->get());
  }

  Result<Bytes> hex(const toml::node& node, std::string_view key, size_t least, size_t most) const {
    const auto bytes = from_hex(TRY(text(node, key)));
    if (!bytes || bytes->size() < least || bytes->size() > most)
      return wrong(node, fmt::format("{} must be {} to {} bytes in hexadecimal", key, least, most));
    return *bytes;
  }

  Result<bool> flag(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return false;
    if (!node->is_boolean()) return wrong(*node, fmt::format("{} must be true or false", key));
    return node->as_boolean()->get();
  }

  // A list, not empty: an empty one would read as "none" but mean "any".
  template <typename T, typename One>
  Result<std::vector<T>> list(const toml::table& table, std::string_view key, One&& one) const {
    std::vector<T> out;
    const toml::node* node = table.get(key);
    if (node == nullptr) return out;
    const toml::array* array = node->as_array();
    if (array == nullptr || array->empty())
      return wrong(*node, fmt::format("{} must be a list with at least one value", key));
    for (const toml::node& item : *array) out.push_back(TRY(one(item)));
    return out;
  }

  Result<std::vector<std::string>> texts(const toml::table& table, std::string_view key) const {
    return list<std::string>(table, key, [&](const toml::node& node) { return text(node, key); });
  }
  Result<std::vector<Bytes>> hexes(const toml::table& table, std::string_view key, size_t least,
                                   size_t most) const {
    return list<Bytes>(table, key, [&](const toml::node& node) { return hex(node, key, least, most); });
  }

  Result<void> read_root(const toml::table& table) {
    TRY(only(table, {"name", "key_sha256"}, "[[root]]"));
    if (!table.contains("name") || !table.contains("key_sha256"))
      return wrong(table, "[[root]] needs name and key_sha256");
    ExtraRoot root{TRY(text(*table.get("name"), "name")), {}};
    if (is_pinned_root(root.name) || root.name == "given-keys")
      return wrong(table, fmt::format("{} is the name of another root: a vendor's, or of the keys that the "
                                      "caller gives",
                                      root.name));
    const Bytes key = TRY(hex(*table.get("key_sha256"), "key_sha256", 32, 32));
    std::copy(key.begin(), key.end(), root.key_fingerprint.begin());
    contents_.roots.push_back(std::move(root));
    return {};
  }

  Result<void> read_rule(const toml::table& table) {
    TRY(only(table,
             {"name", "tee", "measurement", "signer", "report_data", "product_id", "minimum_svn",
              "tcb_status", "roots", "advisory", "claims", "minimum", "require_nonce", "require_revocation",
              "insecure_debug", "insecure_any_code", "insecure_any_advisory", "insecure_unrooted"},
             "[[allow]]"));
    PolicyRule rule;
    rule.name = fmt::format("rule {}", contents_.rules.size() + 1);
    if (const toml::node* name = table.get("name")) rule.name = TRY(text(*name, "name"));
    rule.tees = TRY(texts(table, "tee"));
    if (rule.tees.empty()) return wrong(table, "[[allow]] needs tee, for instance tee = [\"sgx\"]");
    rule.measurements = TRY(hexes(table, "measurement", 20, 64));
    rule.signers = TRY(hexes(table, "signer", 20, 64));
    rule.report_data = TRY(hexes(table, "report_data", 1, 1024));
    rule.product_ids = TRY(list<uint64_t>(
        table, "product_id", [&](const toml::node& node) { return number(node, "product_id"); }));
    if (const toml::node* svn = table.get("minimum_svn")) rule.minimum_svn = TRY(number(*svn, "minimum_svn"));
    if (table.contains("tcb_status")) rule.tcb_status = TRY(texts(table, "tcb_status"));
    TRY(read_roots(table, rule));
    TRY(each_table(table, "advisory",
                   [&](const toml::table& advisory) { return read_advisory(advisory, rule); }));
    TRY(read_claims(table, rule));
    rule.require_nonce = TRY(flag(table, "require_nonce"));
    rule.require_revocation = TRY(flag(table, "require_revocation"));
    rule.insecure_debug = TRY(flag(table, "insecure_debug"));
    rule.insecure_any_code = TRY(flag(table, "insecure_any_code"));
    rule.insecure_any_advisory = TRY(flag(table, "insecure_any_advisory"));
    rule.insecure_unrooted = TRY(flag(table, "insecure_unrooted"));
    const bool names_code = !rule.measurements.empty() || !rule.signers.empty();
    if (!names_code && !rule.insecure_any_code)
      return wrong(
          table,
          "[[allow]] needs measurement or signer, or insecure_any_code = true to accept whatever runs there");
    if (names_code && rule.insecure_any_code)
      return wrong(table, "insecure_any_code contradicts measurement and signer");
    contents_.rules.push_back(std::move(rule));
    return {};
  }

  Result<void> read_roots(const toml::table& table, PolicyRule& rule) {
    rule.roots = TRY(texts(table, "roots"));
    for (const std::string& name : rule.roots) {
      const bool own = std::any_of(contents_.roots.begin(), contents_.roots.end(),
                                   [&](const ExtraRoot& root) { return root.name == name; });
      if (!own && !is_pinned_root(name) && name != "given-keys")
        return wrong(*table.get("roots"),
                     fmt::format("root \"{}\" is neither a vendor's nor a [[root]] of this file", name));
    }
    return {};
  }

  Result<void> read_advisory(const toml::table& table, PolicyRule& rule) const {
    TRY(only(table, {"id", "until"}, "[[allow.advisory]]"));
    if (!table.contains("id")) return wrong(table, "[[allow.advisory]] needs id");
    AllowedAdvisory advisory{TRY(text(*table.get("id"), "id")), std::nullopt};
    if (const toml::node* until = table.get("until")) {
      if (!until->is_date_time() || !until->as_date_time()->get().offset)
        return wrong(*until, "until must be a time with Z or an offset");
      const toml::date_time& at = until->as_date_time()->get();
      const std::chrono::year_month_day date{
          std::chrono::year(at.date.year), std::chrono::month(at.date.month), std::chrono::day(at.date.day)};
      advisory.until = std::chrono::sys_days(date) + std::chrono::hours(at.time.hour) +
                       std::chrono::minutes(at.time.minute) + std::chrono::seconds(at.time.second) -
                       std::chrono::minutes(at.offset->minutes);
    }
    rule.advisories.push_back(std::move(advisory));
    return {};
  }

  Result<void> read_claims(const toml::table& table, PolicyRule& rule) const {
    if (const toml::node* node = table.get("claims")) {
      if (!node->is_table()) return wrong(*node, "claims must be a table: [allow.claims]");
      for (const auto& [key, unused] : *node->as_table()) {
        const std::string name(key.str());
        rule.claims[name] =
            TRY(list<ClaimValue>(*node->as_table(), name, [&](const toml::node& value) -> Result<ClaimValue> {
              if (value.is_boolean()) return ClaimValue(value.as_boolean()->get());
              if (value.is_integer()) return ClaimValue(TRY(number(value, name)));
              return ClaimValue(TRY(text(value, name)));
            }));
      }
    }
    if (const toml::node* node = table.get("minimum")) {
      if (!node->is_table()) return wrong(*node, "minimum must be a table: [allow.minimum]");
      for (const auto& [key, value] : *node->as_table())
        rule.minimum[std::string(key.str())] = TRY(number(value, key.str()));
    }
    return {};
  }

  PolicyContents contents_;
};

// The number of the first line with a byte outside of ASCII, or 0. toml++ 3.3 runs into undefined behaviour
// on some of them outside of strings ("1e\xce\x8d"), so a policy is ASCII; strings can write others as
// \uXXXX.
size_t line_beyond_ascii(std::string_view toml) {
  const auto beyond = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  const auto found = std::find_if(toml.begin(), toml.end(), beyond);
  return found == toml.end() ? 0 : 1 + static_cast<size_t>(std::count(toml.begin(), found, '\n'));
}

}  // namespace

Result<Policy> Policy::parse(std::string_view toml, std::string name) {
  if (const size_t line = line_beyond_ascii(toml); line != 0)
    return fail(
        ErrorCode::kMalformed,
        fmt::format("{}:{}: policies are ASCII; write other characters in strings as \\uXXXX", name, line));
  if (const size_t line = line_of_too_many_dots(toml); line != 0)
    return fail(ErrorCode::kMalformed, fmt::format("{}:{}: more than {} dots; write lists in several lines",
                                                   name, line, kMaximumDots));
  Reader reader(name);
  const toml::parse_result parsed = toml::parse(toml, name);
  if (!parsed) return reader.wrong(parsed.error().source(), parsed.error().description());
  return Policy(std::make_shared<const PolicyContents>(TRY(reader.read(parsed.table()))));
}

}  // namespace strongroom::attest
