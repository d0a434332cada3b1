#include "attest/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/encoding.h"

namespace strongroom::attest {
namespace {

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "JSON: " + std::move(why));
}

Result<std::reference_wrapper<const nlohmann::json>> member(const nlohmann::json& object,
                                                            std::string_view key) {
  if (!object.is_object()) return malformed("an object was expected");
  const auto found = object.find(key);
  if (found == object.end()) return malformed(fmt::format("member \"{}\" is missing", key));
  return std::cref(*found);
}

}  // namespace

Result<nlohmann::json> parse_json(ByteView text, int maximum_depth) {
  std::string wrong;
  std::vector<std::set<std::string>> keys;
  using Event = nlohmann::json::parse_event_t;
  const auto watch = [&](int depth, Event event, nlohmann::json& parsed) {
    if (depth > maximum_depth && wrong.empty()) wrong = fmt::format("nested deeper than {}", maximum_depth);
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end && !keys.empty()) keys.pop_back();
    if (event == Event::key && !keys.empty() && !keys.back().insert(parsed.get<std::string>()).second &&
        wrong.empty())
      wrong = "a key occurs twice";
    return wrong.empty();  // false discards the value, which keeps memory bounded
  };
  nlohmann::json value = nlohmann::json::parse(text.begin(), text.end(), watch, false);
  if (!wrong.empty()) return malformed(wrong);
  if (value.is_discarded()) return malformed("it does not parse");
  return value;
}

bool begins_json(std::string_view text, char bracket) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && text[begin] == bracket;
}

Result<std::string> json_text(const nlohmann::json& object, std::string_view key) {
  const nlohmann::json& value = TRY(member(object, key));
  if (!value.is_string()) return malformed(fmt::format("\"{}\" is no string", key));
  return value.get<std::string>();
}

Result<std::string> json_text_or_empty(const nlohmann::json& object, std::string_view key) {
  return object.contains(key) ? json_text(object, key) : Result<std::string>(std::string());
}

Result<uint64_t> json_unsigned(const nlohmann::json& object, std::string_view key, uint64_t limit) {
  const nlohmann::json& value = TRY(member(object, key));
  if (!value.is_number_unsigned()) return malformed(fmt::format("\"{}\" is no non-negative integer", key));
  const auto number = value.get<uint64_t>();
  if (number > limit) return malformed(fmt::format("\"{}\" is larger than {}", key, limit));
  return number;
}

Result<Bytes> json_hex(const nlohmann::json& object, std::string_view key, size_t size) {
  const std::string text = TRY(json_text(object, key));
  Bytes bytes = TRY_IN(fmt::format("JSON: \"{}\"", key), from_hex(text));
  if (bytes.size() != size)
    return malformed(fmt::format("\"{}\" has {} bytes instead of {}", key, bytes.size(), size));
  return bytes;
}

Result<std::reference_wrapper<const nlohmann::json>> json_array(const nlohmann::json& object,
                                                                std::string_view key) {
  const nlohmann::json& value = TRY(member(object, key));
  if (!value.is_array()) return malformed(fmt::format("\"{}\" is no array", key));
  return std::cref(value);
}

Result<std::reference_wrapper<const nlohmann::json>> json_object(const nlohmann::json& object,
                                                                 std::string_view key) {
  const nlohmann::json& value = TRY(member(object, key));
  if (!value.is_object()) return malformed(fmt::format("\"{}\" is no object", key));
  return std::cref(value);
}

}  // namespace strongroom::attest
