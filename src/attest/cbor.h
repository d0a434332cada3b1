// CBOR (RFC 8949) from outside, read into a tree within bounds. Not by nlohmann's reader, because evidence
// needs what that one does not give: the bytes of each item as they stood, refusal of duplicate keys and of
// non-minimal numbers, and bounds on depth and items.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attest {

enum class CborType { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple, kFloat };

// One data item. Views point into the bytes that were parsed, which must outlive it.
struct CborItem {
  CborType type = CborType::kSimple;
  // kUnsigned: the value; kNegative: n of -1 - n; kTag: the tag; kSimple: the value (20 false, 21 true, 22
  // null).
  uint64_t number = 0;
  // kArray: the elements; kMap: key, value, key, value...; kTag: the one tagged item.
  std::vector<CborItem> items;
  ByteView raw;  // the whole item as encoded

  // The content of kBytes and kText; of indefinite length: the chunks joined.
  [[nodiscard]] ByteView string() const { return joined ? ByteView(*joined) : content; }
  [[nodiscard]] bool is_null() const { return type == CborType::kSimple && number == 22; }
  // kUnsigned or kNegative as a signed number; none where it does not fit.
  [[nodiscard]] std::optional<int64_t> integer() const;
  // The value of a map's member with this text or integer key; null where absent or where this is no map.
  [[nodiscard]] const CborItem* find(std::string_view key) const;
  [[nodiscard]] const CborItem* find(int64_t key) const;

  ByteView content;
  std::optional<Bytes> joined;
};

// Exactly one item of at most 16 levels and 16,384 items in all. kMalformed on anything that is not
// well-formed and valid (section 5.3.1): duplicate keys, text that is not UTF-8, numbers that are not
// shortest (section 4.2.1), reserved values, bytes after the item. Indefinite lengths are accepted: genuine
// documents have them.
Result<CborItem> parse_cbor(ByteView bytes);

// Members that a structure demands, by type; kMalformed names what is absent or of another type.
Result<ByteView> cbor_bytes(const CborItem& map, std::string_view key);
Result<std::string> cbor_text(const CborItem& map, std::string_view key);
Result<uint64_t> cbor_unsigned(const CborItem& map, std::string_view key);

}  // namespace strongroom::attest
