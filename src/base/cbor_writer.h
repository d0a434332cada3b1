// CBOR (RFC 8949) written in its deterministic form (section 4.2.1): shortest numbers, definite lengths, and
// the keys of maps in the order of their encoding.
#pragma once

#include <map>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace strongroom::cbor {

// One encoded data item.
Bytes number(int64_t value);
Bytes unsigned_number(uint64_t value);
Bytes bytes(ByteView value);
Bytes text(std::string_view value);  // must be UTF-8
Bytes boolean(bool value);
Bytes null();
// Of encoded items.
Bytes array(const std::vector<Bytes>& items);
Bytes tag(uint64_t number, const Bytes& item);

// A map under construction; keys and values are encoded items. A key that is set again is replaced.
class Map {
 public:
  Map& set(Bytes key, Bytes value);
  Map& set(int64_t key, Bytes value) { return set(number(key), std::move(value)); }
  Map& set(std::string_view key, Bytes value) { return set(text(key), std::move(value)); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] Bytes encode() const;

 private:
  std::map<Bytes, Bytes> items_;
};

}  // namespace strongroom::cbor
