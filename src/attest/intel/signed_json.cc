#include "attest/intel/signed_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::attest::intel {
namespace {

constexpr int kMaximumDepth = 32;

tl::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::kMalformed, fmt::format("signed JSON: {}", why));
}

// Walks over the text; every step is bounded by its end.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

  // The inside of a string, as it stands.
  Result<std::string_view> string() {
    if (!take('"')) return malformed("a string was expected");
    const size_t begin = at_;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        return text_.substr(begin, at_++ - begin);
      }
    }
    return malformed("a string is cut off");
  }

  // The extent of one value.
  Result<std::string_view> value() {
    const size_t begin = at_;
    int depth = 0;
    do {
      if (at_ >= text_.size()) return malformed("a value is cut off");
      const char c = text_[at_];
      if (c == '"') {
        TRY(string());
      } else if (c == '{' || c == '[') {
        if (++depth > kMaximumDepth) return malformed("nested too deeply");
        ++at_;
      } else if (c == '}' || c == ']') {
        if (--depth < 0) return malformed("a value was expected");
        ++at_;
      } else if (depth > 0) {
        ++at_;
      } else {
        while (at_ < text_.size() &&
               std::string_view(",}] \t\r\n").find(text_[at_]) == std::string_view::npos)
          ++at_;
        if (at_ == begin) return malformed("a value was expected");
      }
    } while (depth > 0);
    return text_.substr(begin, at_ - begin);
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<JsonMember>> top_level_members(ByteView text) {
  Scanner scanner(as_text(text));
  std::vector<JsonMember> members;
  scanner.skip_space();
  if (!scanner.take('{')) return malformed("an object was expected");
  scanner.skip_space();
  if (!scanner.take('}')) {
    do {
      if (members.size() == 256) return malformed("too many members");
      scanner.skip_space();
      const std::string key(TRY(scanner.string()));
      if (key.find('\\') != std::string::npos) return malformed("a key has an escape");
      const bool twice =
          std::any_of(members.begin(), members.end(), [&](const auto& m) { return m.key == key; });
      if (twice) return malformed(fmt::format("key \"{}\" occurs twice", key));
      scanner.skip_space();
      if (!scanner.take(':')) return malformed("a colon was expected");
      scanner.skip_space();
      const std::string_view raw = TRY(scanner.value());
      members.push_back({key, as_bytes(raw)});
      scanner.skip_space();
    } while (scanner.take(','));
    if (!scanner.take('}')) return malformed("the object is not closed");
  }
  scanner.skip_space();
  if (!scanner.at_end()) return malformed("something follows the object");
  return members;
}

Result<SignedBody> parse_signed_body(ByteView text, std::string_view name) {
  SignedBody out;
  bool has_body = false, has_signature = false;
  for (const JsonMember& member : TRY(top_level_members(text))) {
    if (member.key == name) {
      out.body = to_bytes(member.raw);
      out.digest = crypto::sha256(out.body);
      has_body = true;
    } else if (member.key == "signature") {
      const std::string_view quoted = as_text(member.raw);
      if (quoted.size() != 130 || quoted.front() != '"')
        return malformed("the signature is no string of 64 bytes");
      const Bytes bytes = TRY_IN("signed JSON: signature", from_hex(quoted.substr(1, 128)));
      std::copy(bytes.begin(), bytes.end(), out.signature.begin());
      has_signature = true;
    } else {
      return malformed(fmt::format("unknown member \"{}\"", member.key));
    }
  }
  if (!has_body || !has_signature) return malformed(fmt::format("\"{}\" or \"signature\" is missing", name));
  return out;
}

}  // namespace strongroom::attest::intel
