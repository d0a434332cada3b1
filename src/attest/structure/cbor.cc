#include "attest/cbor.h"

#include <fmt/format.h>

#include "attest/structure/structure.h"
#include "crypto/certificate.h"

namespace strongroom::attest::structure {
namespace {

class Walk {
 public:
  Walk(ByteView evidence, Budget& budget) : evidence_(evidence), budget_(budget) {}

  void add(std::string name, const CborItem& item, std::vector<Field>& out) {
    if (!budget_.take()) return;
    Field field{std::move(name), offset_of(item.raw), item.raw.size(), text_of(item), {}};
    switch (item.type) {
      case CborType::kArray:
        for (size_t i = 0; i < item.items.size(); ++i)
          add(fmt::format("[{}]", i), item.items[i], field.children);
        break;
      case CborType::kMap:
        for (size_t i = 0; i + 1 < item.items.size(); i += 2)
          add(key_text(item.items[i]), item.items[i + 1], field.children);
        break;
      case CborType::kTag:
        add("tagged", item.items[0], field.children);
        break;
      case CborType::kBytes:
        open(item, field);
        break;
      default:
        break;
    }
    out.push_back(std::move(field));
  }

 private:
  // Items point into the evidence, but for those inside of strings that came in chunks.
  [[nodiscard]] size_t offset_of(ByteView part) const {
    return static_cast<size_t>(part.data() - evidence_.data());
  }

  // What stands in a byte string: CBOR of its own, a certificate.
  void open(const CborItem& item, Field& field) {
    if (item.joined || item.content.size() < 2) return;
    if (item.content[0] == 0x30) {
      if (const auto certificate = crypto::Certificate::from_der(item.content))
        field.text = "certificate of " + certificate->subject();
      return;
    }
    const uint8_t major = item.content[0] >> 5;
    if (major < 4 || major > 6 || depth_ == 4) return;
    const auto inner = parse_cbor(item.content);
    if (!inner) return;
    ++depth_;
    field.text = "holds CBOR";
    add("content", *inner, field.children);
    --depth_;
  }

  static std::string key_text(const CborItem& key) {
    if (key.type == CborType::kText) return std::string(as_text(key.string()));
    if (const auto number = key.integer()) return fmt::format("{}", *number);
    return "key " + shown(key.raw);
  }

  static std::string text_of(const CborItem& item) {
    switch (item.type) {
      case CborType::kUnsigned:
        return fmt::format("{}", item.number);
      case CborType::kNegative:
        return item.integer() ? fmt::format("{}", *item.integer()) : fmt::format("-1 - {}", item.number);
      case CborType::kBytes:
        return item.string().empty() ? "no bytes" : shown(item.string());
      case CborType::kText:
        return std::string(as_text(item.string()));
      case CborType::kArray:
        return fmt::format("list of {}", item.items.size());
      case CborType::kMap:
        return fmt::format("map of {}", item.items.size() / 2);
      case CborType::kTag:
        return fmt::format("tag {}", item.number);
      case CborType::kSimple:
        return item.number == 20   ? "false"
               : item.number == 21 ? "true"
               : item.is_null()    ? "null"
                                   : fmt::format("simple {}", item.number);
      case CborType::kFloat:
        return "a float";
    }
    return "";
  }

  ByteView evidence_;
  Budget& budget_;
  int depth_ = 0;
};

}  // namespace

std::vector<Field> cbor(ByteView evidence, Extent extent, Budget& budget) {
  const auto item = parse_cbor(evidence.subspan(extent.offset, extent.size));
  std::vector<Field> out;
  if (item) Walk(evidence, budget).add("CBOR", *item, out);
  return out;
}

}  // namespace strongroom::attest::structure
