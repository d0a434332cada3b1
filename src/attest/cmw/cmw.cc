#include "attest/cmw/cmw.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/cbor.h"
#include "attest/cmw/cmw_json.h"

namespace strongroom::attest::cmw {
namespace {

// RFC 9277, section 4.3: TN(ct) = 0x63740101 + (ct / 255) * 256 + ct % 255.
constexpr uint64_t kTagBase = 0x63740101, kTagLast = kTagBase + uint64_t{65024 / 255} * 256 + 65024 % 255;
constexpr unsigned kMaximumDepth = 8;
constexpr uint64_t kKnownBits = 31;
constexpr std::string_view kCollectionType = "__cmwc_t";

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "CMW: " + std::move(why));
}

Result<uint16_t> content_format(uint64_t tag) {
  const uint64_t offset = tag - kTagBase;
  const uint64_t format = offset / 256 * 255 + offset % 256;
  if (tag < kTagBase || tag > kTagLast || offset % 256 > 254 || format > 65024)
    return malformed(fmt::format("tag {} is none of a content format", tag));
  return static_cast<uint16_t>(format);
}

Result<Record> read_record(const CborItem& item) {
  if (item.type == CborType::kTag) {
    if (item.items[0].type != CborType::kBytes) return malformed("a tag holds no byte string");
    return Record{TRY(content_format(item.number)), to_bytes(item.items[0].string()), std::nullopt};
  }
  if (item.items.size() < 2 || item.items.size() > 3) return malformed("a record has not two or three parts");
  const CborItem &type = item.items[0], &value = item.items[1];
  Record record;
  if (type.type == CborType::kText) {
    record.type = TRY(checked_media_type(std::string(as_text(type.string()))));
  } else if (type.type == CborType::kUnsigned && type.number <= 65535) {
    record.type = static_cast<uint16_t>(type.number);
  } else {
    return malformed("a type is neither a media type nor a content format");
  }
  if (value.type != CborType::kBytes) return malformed("a value is no byte string");
  record.value = to_bytes(value.string());
  if (item.items.size() == 3) {
    if (item.items[2].type != CborType::kUnsigned) return malformed("an indicator is no number");
    record.indicator = TRY(checked_indicator(item.items[2].number));
  }
  return record;
}

Result<std::vector<Item>> read_collection(const CborItem& map, unsigned depth, size_t& count) {
  if (depth > kMaximumDepth) return malformed("collections are nested more than 8 deep");
  std::vector<Item> items;
  for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
    const CborItem &key = map.items[i], &value = map.items[i + 1];
    if (++count > kMaximumItems) return malformed("more than 256 items");
    if (key.type == CborType::kText && as_text(key.string()) == kCollectionType) continue;
    Item item;
    if (key.type == CborType::kText) {
      item.label = std::string(as_text(key.string()));
    } else if (const auto number = key.integer()) {
      item.label = std::to_string(*number);
    } else {
      return malformed("a label is neither text nor a number");
    }
    if (std::any_of(items.begin(), items.end(), [&](const Item& one) { return one.label == item.label; }))
      return malformed(fmt::format("label {} stands twice", item.label));
    if (value.type == CborType::kMap) {
      item.content = TRY(read_collection(value, depth + 1, count));
    } else if (value.type == CborType::kArray || value.type == CborType::kTag) {
      item.content = TRY(read_record(value));
    } else {
      return malformed(fmt::format("item {} is neither a record nor a collection", item.label));
    }
    items.push_back(std::move(item));
  }
  if (items.empty()) return malformed("a collection is empty");
  return items;
}

void put_head(ByteWriter& out, uint8_t major, uint64_t argument) {
  const auto top = static_cast<uint8_t>(major << 5);
  if (argument < 24) {
    out.big(static_cast<uint8_t>(top | argument));
  } else if (argument <= 0xff) {
    out.big(static_cast<uint8_t>(top | 24)).big(static_cast<uint8_t>(argument));
  } else if (argument <= 0xffff) {
    out.big(static_cast<uint8_t>(top | 25)).big(static_cast<uint16_t>(argument));
  } else if (argument <= 0xffffffff) {
    out.big(static_cast<uint8_t>(top | 26)).big(static_cast<uint32_t>(argument));
  } else {
    out.big(static_cast<uint8_t>(top | 27)).big(argument);
  }
}

void put_text(ByteWriter& out, std::string_view text) {
  put_head(out, 3, text.size());
  out.bytes(as_bytes(text));
}

void put(ByteWriter& out, const Message& message) {
  if (const auto* record = std::get_if<Record>(&message)) {
    put_head(out, 4, record->indicator ? 3 : 2);
    if (const auto* type = std::get_if<std::string>(&record->type)) {
      put_text(out, *type);
    } else {
      put_head(out, 0, std::get<uint16_t>(record->type));
    }
    put_head(out, 2, record->value.size());
    out.bytes(record->value);
    if (record->indicator) put_head(out, 0, *record->indicator);
    return;
  }
  const auto& items = std::get<std::vector<Item>>(message);
  put_head(out, 5, items.size());
  for (const Item& item : items) {
    put_text(out, item.label);
    put(out, item.content);
  }
}

bool is_tag_of_content_format(ByteView bytes) {
  ByteReader reader(bytes);
  return reader.big<uint8_t>("head").value_or(0) == 0xda &&
         content_format(reader.big<uint32_t>("tag").value_or(0)).has_value();
}

}  // namespace

Result<uint64_t> checked_indicator(uint64_t value) {
  if (value == 0 || (value & ~kKnownBits) != 0)
    return malformed(fmt::format("indicator {} is not known", value));
  return value;
}

// type/subtype of RFC 6838, section 4.2, with parameters behind.
Result<std::string> checked_media_type(std::string type) {
  const size_t slash = type.find('/');
  const bool good = slash != std::string::npos && slash > 0 && slash + 1 < type.size() &&
                    type.size() <= 255 &&
                    std::all_of(type.begin(), type.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  if (!good) return malformed("a type is no media type");
  return type;
}

bool looks_like_cmw(ByteView bytes) {
  if (bytes.size() < 4) return false;
  if (is_tag_of_content_format(bytes)) return true;
  if (is_json(bytes)) return looks_like_cmw_json(bytes);
  // [type, bytes] or [type, bytes, indicator], and maps of such: known only by reading them.
  if (bytes[0] != 0x82 && bytes[0] != 0x83 && bytes[0] >> 5 != 5) return false;
  const auto item = parse_cbor(bytes);
  if (!item) return false;
  size_t count = 0;
  return item->type == CborType::kMap ? read_collection(*item, 1, count).has_value()
                                      : read_record(*item).has_value();
}

Result<Message> parse_cmw(ByteView bytes) {
  if (is_json(bytes)) return parse_cmw_json(bytes);
  const CborItem item = TRY_IN("CMW", parse_cbor(bytes));
  size_t count = 0;
  switch (item.type) {
    case CborType::kMap:
      return Message(TRY(read_collection(item, 1, count)));
    case CborType::kArray:
    case CborType::kTag:
      return Message(TRY(read_record(item)));
    default:
      return malformed("it is neither a record nor a collection");
  }
}

Bytes to_cbor(const Message& message) {
  ByteWriter out;
  put(out, message);
  return out.take();
}

Result<Bytes> to_cbor_tag(const Record& record) {
  const auto* format = std::get_if<uint16_t>(&record.type);
  if (format == nullptr || *format > 65024)
    return fail(ErrorCode::kInvalidArgument, "CMW: only content formats up to 65024 can be tags");
  ByteWriter out;
  put_head(out, 6, kTagBase + uint64_t{*format} / 255 * 256 + *format % 255);
  put_head(out, 2, record.value.size());
  return out.bytes(record.value).take();
}

std::string type_text(const Record& record) {
  if (const auto* type = std::get_if<std::string>(&record.type)) return *type;
  return fmt::format("content format {}", std::get<uint16_t>(record.type));
}

}  // namespace strongroom::attest::cmw
