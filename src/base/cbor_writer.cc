#include "base/cbor_writer.h"

namespace strongroom::cbor {
namespace {

// Initial byte and argument (section 3).
void write_head(ByteWriter& out, unsigned major, uint64_t argument) {
  const auto top = static_cast<uint8_t>(major << 5);
  if (argument < 24) {
    out.big(static_cast<uint8_t>(top | argument));
  } else if (argument < 0x100) {
    out.big(static_cast<uint8_t>(top | 24)).big(static_cast<uint8_t>(argument));
  } else if (argument < 0x10000) {
    out.big(static_cast<uint8_t>(top | 25)).big(static_cast<uint16_t>(argument));
  } else if (argument < 0x100000000) {
    out.big(static_cast<uint8_t>(top | 26)).big(static_cast<uint32_t>(argument));
  } else {
    out.big(static_cast<uint8_t>(top | 27)).big(argument);
  }
}

Bytes head(unsigned major, uint64_t argument) {
  ByteWriter out;
  write_head(out, major, argument);
  return out.take();
}

Bytes string(unsigned major, ByteView content) {
  ByteWriter out;
  write_head(out, major, content.size());
  out.bytes(content);
  return out.take();
}

}  // namespace

Bytes number(int64_t value) {
  return value < 0 ? head(1, static_cast<uint64_t>(-1 - value)) : head(0, static_cast<uint64_t>(value));
}

Bytes unsigned_number(uint64_t value) {
  return head(0, value);
}

Bytes bytes(ByteView value) {
  return string(2, value);
}

Bytes text(std::string_view value) {
  return string(3, as_bytes(value));
}

Bytes boolean(bool value) {
  return head(7, value ? 21 : 20);
}

Bytes null() {
  return head(7, 22);
}

Bytes array(const std::vector<Bytes>& items) {
  ByteWriter out;
  write_head(out, 4, items.size());
  for (const Bytes& item : items) out.bytes(item);
  return out.take();
}

Bytes tag(uint64_t number, const Bytes& item) {
  ByteWriter out;
  write_head(out, 6, number);
  out.bytes(item);
  return out.take();
}

Map& Map::set(Bytes key, Bytes value) {
  items_.insert_or_assign(std::move(key), std::move(value));
  return *this;
}

Bytes Map::encode() const {
  ByteWriter out;
  write_head(out, 5, items_.size());
  for (const auto& [key, value] : items_) out.bytes(key).bytes(value);
  return out.take();
}

}  // namespace strongroom::cbor
