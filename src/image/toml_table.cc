#include "image/toml_table.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>

#include "base/toml_text.h"

namespace strongroom::image {
namespace {

constexpr std::pair<std::string_view, uint64_t> kUnits[] = {{"TiB", uint64_t{1} << 40},
                                                            {"GiB", uint64_t{1} << 30},
                                                            {"MiB", uint64_t{1} << 20},
                                                            {"KiB", uint64_t{1} << 10},
                                                            {"B", 1}};

// Levenshtein's distance, for "did you mean".
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::optional<uint64_t> parse_size(std::string_view text) {
  uint64_t count = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (code != std::errc()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& [name, factor] : kUnits)
    if (unit == name && count <= UINT64_MAX / factor) return count * factor;
  return std::nullopt;
}

std::string_view type_name(toml::node_type type) {
  switch (type) {
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a floating-point number";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

}  // namespace

struct TomlTable::State {
  std::shared_ptr<const toml::table> document;
  const toml::table* table;
  std::string name;  // "[memory]", or "the manifest" for the document itself
  std::string file_name;
  toml::source_position position;

  [[nodiscard]] tl::unexpected<Error> at(toml::source_position place, std::string_view message) const {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}:{}:{}: {}", file_name, place.line, place.column, message));
  }
  [[nodiscard]] tl::unexpected<Error> wrong_type(std::string_view key, const toml::node& node,
                                                 std::string_view wanted) const {
    return at(node.source().begin,
              fmt::format("`{}` in {} is {}; write {}", key, name, type_name(node.type()), wanted));
  }
};

Result<TomlTable> TomlTable::parse(std::string_view text, std::string_view file_name) {
  if (const size_t line = line_of_too_many_dots(text); line != 0)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}:{}: more than {} dots in a line; write lists in several lines", file_name,
                            line, kMaximumDots));
  try {
    auto document = std::make_shared<const toml::table>(toml::parse(text, file_name));
    const toml::table* table = document.get();
    return TomlTable(std::make_shared<const State>(
        State{std::move(document), table, "the manifest", std::string(file_name), {1, 1}}));
  } catch (const toml::parse_error& problem) {
    const toml::source_position place = problem.source().begin;
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}:{}:{}: not valid TOML: {}", file_name,
                                                         place.line, place.column, problem.description()));
  }
}

Result<void> TomlTable::only(std::initializer_list<std::string_view> keys) const {
  for (const auto& entry : *state_->table) {
    const toml::key& key = entry.first;
    if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
    const auto nearest = std::min_element(keys.begin(), keys.end(), [&key](auto a, auto b) {
      return distance(key.str(), a) < distance(key.str(), b);
    });
    const bool near = distance(key.str(), *nearest) <= std::max<size_t>(2, nearest->size() / 3);
    const std::string remedy = near ? fmt::format("did you mean `{}`?", *nearest)
                                    : fmt::format("the keys are {}", fmt::join(keys, ", "));
    return state_->at(key.source().begin,
                      fmt::format("unknown key `{}` in {}; {}", key.str(), state_->name, remedy));
  }
  return {};
}

Result<std::optional<std::string>> TomlTable::text(std::string_view key) const {
  const toml::node* node = state_->table->get(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_string()) return state_->wrong_type(key, *node, "a string");
  return node->as_string()->get();
}

Result<std::optional<bool>> TomlTable::boolean(std::string_view key) const {
  const toml::node* node = state_->table->get(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_boolean()) return state_->wrong_type(key, *node, "true or false");
  return node->as_boolean()->get();
}

Result<std::optional<uint64_t>> TomlTable::integer(std::string_view key, uint64_t least,
                                                   uint64_t most) const {
  const toml::node* node = state_->table->get(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_integer()) return state_->wrong_type(key, *node, "an integer");
  const int64_t value = node->as_integer()->get();
  if (value < 0 || static_cast<uint64_t>(value) < least || static_cast<uint64_t>(value) > most)
    return state_->at(node->source().begin, fmt::format("`{}` in {} is {}; it must be {} to {}", key,
                                                        state_->name, value, least, most));
  return static_cast<uint64_t>(value);
}

Result<std::optional<uint64_t>> TomlTable::size(std::string_view key, uint64_t least, uint64_t most) const {
  const toml::node* node = state_->table->get(key);
  if (node == nullptr) return std::nullopt;
  std::optional<uint64_t> bytes;
  if (node->is_integer() && node->as_integer()->get() >= 0)
    bytes = static_cast<uint64_t>(node->as_integer()->get());
  else if (node->is_string())
    bytes = parse_size(node->as_string()->get());
  if (!bytes && (node->is_integer() || node->is_string()))
    return state_->at(node->source().begin,
                      fmt::format("`{}` in {} is no size; write bytes as an integer, or text like \"64 MiB\" "
                                  "(KiB, MiB, GiB)",
                                  key, state_->name));
  if (!bytes) return state_->wrong_type(key, *node, "a size: bytes as an integer, or text like \"64 MiB\"");
  if (*bytes < least || *bytes > most || *bytes % 4096 != 0)
    return state_->at(node->source().begin,
                      fmt::format("`{}` in {} is {} bytes; it must be {} to {}, in whole pages of 4 KiB", key,
                                  state_->name, *bytes, format_size(least), format_size(most)));
  return bytes;
}

Result<std::optional<uint32_t>> TomlTable::mode(std::string_view key) const {
  const toml::node* node = state_->table->get(key);
  if (node == nullptr) return std::nullopt;
  uint32_t mode = 0;
  if (node->is_string()) {
    const std::string& digits = node->as_string()->get();
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), mode, 8);
    if (code == std::errc() && end == digits.data() + digits.size() && mode <= 0777) return mode;
  }
  return state_->wrong_type(key, *node, "permission bits as octal text, like \"0644\"");
}

Result<std::vector<std::string>> TomlTable::texts(std::string_view key) const {
  std::vector<std::string> texts;
  const toml::node* node = state_->table->get(key);
  if (node == nullptr) return texts;
  if (!node->is_array()) return state_->wrong_type(key, *node, "an array of strings");
  for (const toml::node& item : *node->as_array()) {
    if (!item.is_string()) return state_->wrong_type(key, item, "only strings in the array");
    texts.push_back(item.as_string()->get());
  }
  return texts;
}

Result<std::vector<std::pair<std::string, std::string>>> TomlTable::text_map(std::string_view key) const {
  std::vector<std::pair<std::string, std::string>> map;
  const toml::node* node = state_->table->get(key);
  if (node == nullptr) return map;
  if (!node->is_table()) return state_->wrong_type(key, *node, "a table of strings, like { LANG = \"C\" }");
  for (const auto& [name, value] : *node->as_table()) {
    if (!value.is_string()) return state_->wrong_type(name.str(), value, "a string");
    map.emplace_back(name.str(), value.as_string()->get());
  }
  std::sort(map.begin(), map.end());
  return map;
}

Result<TomlTable> TomlTable::table(std::string_view key) const {
  static const toml::table kEmpty;
  State state = *state_;
  state.name = fmt::format("[{}]", key);
  const toml::node* node = state_->table->get(key);
  if (node != nullptr && !node->is_table())
    return state_->wrong_type(key, *node, fmt::format("a table: [{}]", key));
  state.table = node == nullptr ? &kEmpty : node->as_table();
  if (node != nullptr) state.position = node->source().begin;
  return TomlTable(std::make_shared<const State>(std::move(state)));
}

Result<std::vector<TomlTable>> TomlTable::tables(std::string_view key) const {
  std::vector<TomlTable> tables;
  const toml::node* node = state_->table->get(key);
  if (node == nullptr) return tables;
  if (!node->is_array()) return state_->wrong_type(key, *node, fmt::format("tables: [[{}]]", key));
  for (const toml::node& item : *node->as_array()) {
    if (!item.is_table()) return state_->wrong_type(key, item, fmt::format("tables: [[{}]]", key));
    State state = *state_;
    state.name = fmt::format("[[{}]]", key);
    state.table = item.as_table();
    state.position = item.source().begin;
    tables.push_back(TomlTable(std::make_shared<const State>(std::move(state))));
  }
  return tables;
}

tl::unexpected<Error> TomlTable::error(std::string_view key, std::string_view message) const {
  const toml::node* node = state_->table->get(key);
  return state_->at(node == nullptr ? state_->position : node->source().begin, message);
}

std::string format_size(uint64_t bytes) {
  for (const auto& [name, factor] : kUnits)
    if (factor > 1 && bytes != 0 && bytes % factor == 0) return fmt::format("{} {}", bytes / factor, name);
  return fmt::format("{} B", bytes);
}

std::string format_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + "\"";
}

}  // namespace strongroom::image
