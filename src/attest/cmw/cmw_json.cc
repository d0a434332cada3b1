#include "attest/cmw/cmw_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"

namespace strongroom::attest::cmw {
namespace {

constexpr unsigned kMaximumDepth = 8;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "CMW: " + std::move(why));
}

Result<Record> read_record(const nlohmann::json& array) {
  if (array.size() < 2 || array.size() > 3) return malformed("a record has not two or three parts");
  const nlohmann::json &type = array[0], &value = array[1];
  Record record;
  if (type.is_string()) {
    record.type = TRY(checked_media_type(type.get<std::string>()));
  } else if (type.is_number_unsigned() && type.get<uint64_t>() <= 65535) {
    record.type = static_cast<uint16_t>(type.get<uint64_t>());
  } else {
    return malformed("a type is neither a media type nor a content format");
  }
  if (!value.is_string()) return malformed("a value is no text");
  record.value = TRY_IN("CMW", from_base64url(value.get_ref<const std::string&>()));
  if (array.size() == 3) {
    if (!array[2].is_number_unsigned()) return malformed("an indicator is no number");
    record.indicator = TRY(checked_indicator(array[2].get<uint64_t>()));
  }
  return record;
}

Result<std::vector<Item>> read_collection(const nlohmann::json& object, unsigned depth, size_t& count) {
  if (depth > kMaximumDepth) return malformed("collections are nested more than 8 deep");
  std::vector<Item> items;
  for (const auto& [label, value] : object.items()) {
    if (++count > kMaximumItems) return malformed("more than 256 items");
    if (label == "__cmwc_t") continue;
    Item item;
    if (value.is_object()) {
      item.content = TRY(read_collection(value, depth + 1, count));
    } else if (value.is_array()) {
      item.content = TRY(read_record(value));
    } else {
      return malformed(fmt::format("item {} is neither a record nor a collection", label));
    }
    item.label = label;
    items.push_back(std::move(item));
  }
  if (items.empty()) return malformed("a collection is empty");
  return items;
}

nlohmann::ordered_json tree(const Message& message) {
  if (const auto* record = std::get_if<Record>(&message)) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    if (const auto* type = std::get_if<std::string>(&record->type)) {
      array.push_back(*type);
    } else {
      array.push_back(std::get<uint16_t>(record->type));
    }
    array.push_back(to_base64url(record->value));
    if (record->indicator) array.push_back(*record->indicator);
    return array;
  }
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const Item& item : std::get<std::vector<Item>>(message)) object[item.label] = tree(item.content);
  return object;
}

}  // namespace

bool is_json(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  return begins_json(text, '{') || begins_json(text, '[');
}

bool looks_like_cmw_json(ByteView bytes) {
  if (!is_json(bytes)) return false;
  if (as_text(bytes).find("\"__cmwc_t\"") != std::string_view::npos) return true;
  return parse_cmw_json(bytes).has_value();
}

Result<Message> parse_cmw_json(ByteView bytes) {
  const nlohmann::json value = TRY_IN("CMW", parse_json(bytes));
  size_t count = 0;
  if (value.is_object()) return Message(TRY(read_collection(value, 1, count)));
  if (value.is_array()) return Message(TRY(read_record(value)));
  return malformed("it is neither a record nor a collection");
}

std::string to_json(const Message& message) {
  return tree(message).dump();
}

}  // namespace strongroom::attest::cmw
