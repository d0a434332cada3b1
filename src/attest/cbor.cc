#include "attest/cbor.h"

#include <fmt/format.h>

#include <set>

#include "attest/utf8.h"

namespace strongroom::attest {
namespace {

constexpr int kMaximumDepth = 16;
constexpr size_t kMaximumItems = 16384;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "CBOR: " + std::move(why));
}

// The initial byte and its argument (section 3).
struct Head {
  uint8_t major = 0;
  uint8_t information = 0;
  uint64_t argument = 0;
  [[nodiscard]] bool indefinite() const { return information == 31; }
  [[nodiscard]] bool is_break() const { return major == 7 && indefinite(); }
};

class Parser {
 public:
  explicit Parser(ByteView bytes) : bytes_(bytes), reader_(bytes) {}

  Result<CborItem> document() {
    CborItem item = TRY(read(0));
    TRY(reader_.expect_end("CBOR"));
    return item;
  }

 private:
  Result<Head> head() {
    const auto initial = TRY(reader_.big<uint8_t>("CBOR head"));
    Head head{static_cast<uint8_t>(initial >> 5), static_cast<uint8_t>(initial & 0x1f), 0};
    switch (head.information) {
      case 24:
        head.argument = TRY(reader_.big<uint8_t>("CBOR argument"));
        break;
      case 25:
        head.argument = TRY(reader_.big<uint16_t>("CBOR argument"));
        break;
      case 26:
        head.argument = TRY(reader_.big<uint32_t>("CBOR argument"));
        break;
      case 27:
        head.argument = TRY(reader_.big<uint64_t>("CBOR argument"));
        break;
      case 28:
      case 29:
      case 30:
        return malformed("reserved additional information");
      case 31:
        if (head.major < 2 || head.major == 6) return malformed("a number of indefinite length");
        break;
      default:
        head.argument = head.information;
    }
    if (head.major == 7) {
      if (head.information == 24 && head.argument < 32) return malformed("a simple value is not shortest");
      return head;
    }
    const uint64_t least[] = {24, 0x100, 0x10000, 0x100000000};
    if (head.information >= 24 && head.information <= 27 && head.argument < least[head.information - 24])
      return malformed("a number is not shortest");
    return head;
  }

  Result<CborItem> read(int depth) {
    const size_t begin = reader_.position();
    const Head head = TRY(this->head());
    if (head.is_break()) return malformed("a break outside of anything indefinite");
    return read_after(head, begin, depth);
  }

  Result<CborItem> read_after(const Head& head, size_t begin, int depth) {
    if (depth >= kMaximumDepth) return malformed(fmt::format("nested deeper than {}", kMaximumDepth));
    if (++items_ > kMaximumItems) return malformed(fmt::format("more than {} items", kMaximumItems));
    CborItem item;
    item.number = head.argument;
    switch (head.major) {
      case 0:
        item.type = CborType::kUnsigned;
        break;
      case 1:
        item.type = CborType::kNegative;
        break;
      case 2:
      case 3:
        TRY(read_string(head, item));
        break;
      case 4:
        TRY(read_items(head, 1, depth, item));
        break;
      case 5:
        TRY(read_items(head, 2, depth, item));
        TRY(check_keys(item));
        break;
      case 6:
        item.type = CborType::kTag;
        item.items.push_back(TRY(read(depth + 1)));
        break;
      default:
        item.type = head.information >= 25 ? CborType::kFloat : CborType::kSimple;
    }
    item.raw = bytes_.subspan(begin, reader_.position() - begin);
    return item;
  }

  Result<void> read_string(const Head& head, CborItem& item) {
    const bool text = head.major == 3;
    item.type = text ? CborType::kText : CborType::kBytes;
    if (!head.indefinite()) {
      item.content = TRY(chunk(head, text));
      return {};
    }
    item.joined.emplace();
    for (;;) {
      const Head part = TRY(this->head());
      if (part.is_break()) return {};
      if (part.major != head.major || part.indefinite()) return malformed("a chunk of another type");
      if (++items_ > kMaximumItems) return malformed("too many chunks");
      const ByteView content = TRY(chunk(part, text));
      item.joined->insert(item.joined->end(), content.begin(), content.end());
    }
  }

  Result<ByteView> chunk(const Head& head, bool text) {
    if (head.argument > reader_.remaining()) return malformed("a string passes the end");
    const ByteView content = TRY(reader_.bytes(static_cast<size_t>(head.argument), "CBOR string"));
    if (text && !is_utf8(content)) return malformed("text is not UTF-8");
    return content;
  }

  // Elements of an array (`each` = 1) or pairs of a map (2).
  Result<void> read_items(const Head& head, uint64_t each, int depth, CborItem& item) {
    item.type = each == 1 ? CborType::kArray : CborType::kMap;
    // Every item takes a byte at least.
    if (head.argument > reader_.remaining() / each) return malformed("a list passes the end");
    for (uint64_t i = 0; head.indefinite() || i < head.argument * each; ++i) {
      const size_t begin = reader_.position();
      const Head next = TRY(this->head());
      if (next.is_break()) {
        if (!head.indefinite() || i % each != 0) return malformed("a break where an item was expected");
        return {};
      }
      item.items.push_back(TRY(read_after(next, begin, depth + 1)));
    }
    return {};
  }

  // Shortest numbers make equal keys equal in their encoding, but for strings of indefinite length.
  static Result<void> check_keys(const CborItem& map) {
    std::set<std::string> seen;
    for (size_t i = 0; i < map.items.size(); i += 2) {
      const CborItem& key = map.items[i];
      const bool text = key.type == CborType::kText;
      const bool string = text || key.type == CborType::kBytes;
      std::string form(1, text ? 't' : string ? 'b' : 'o');
      form += as_text(string ? key.string() : key.raw);
      if (!seen.insert(std::move(form)).second) return malformed("a key occurs twice");
    }
    return {};
  }

  ByteView bytes_;
  ByteReader reader_;
  size_t items_ = 0;
};

Result<const CborItem*> member(const CborItem& map, std::string_view key, CborType type) {
  const CborItem* item = map.find(key);
  if (item == nullptr) return malformed(fmt::format("\"{}\" is missing", key));
  if (item->type != type) return malformed(fmt::format("\"{}\" has another type", key));
  return item;
}

}  // namespace

Result<CborItem> parse_cbor(ByteView bytes) {
  return Parser(bytes).document();
}

std::optional<int64_t> CborItem::integer() const {
  if (number > INT64_MAX) return std::nullopt;
  if (type == CborType::kUnsigned) return static_cast<int64_t>(number);
  if (type == CborType::kNegative) return -1 - static_cast<int64_t>(number);
  return std::nullopt;
}

const CborItem* CborItem::find(std::string_view key) const {
  if (type != CborType::kMap) return nullptr;
  for (size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].type == CborType::kText && as_text(items[i].string()) == key) return &items[i + 1];
  return nullptr;
}

const CborItem* CborItem::find(int64_t key) const {
  if (type != CborType::kMap) return nullptr;
  for (size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].integer() == key) return &items[i + 1];
  return nullptr;
}

Result<ByteView> cbor_bytes(const CborItem& map, std::string_view key) {
  return TRY(member(map, key, CborType::kBytes))->string();
}

Result<std::string> cbor_text(const CborItem& map, std::string_view key) {
  return std::string(as_text(TRY(member(map, key, CborType::kText))->string()));
}

Result<uint64_t> cbor_unsigned(const CborItem& map, std::string_view key) {
  return TRY(member(map, key, CborType::kUnsigned))->number;
}

}  // namespace strongroom::attest
