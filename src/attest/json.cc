#include "attest/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace strongroom::attest {
namespace {

// A quote as an array of numbers has some 10,000; a list of certificates in JSON far less.
constexpr size_t kMaximumValues = size_t{1} << 19;

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

// Builds the value itself, because the library's parser with a callback walks over all elements of an array
// for each object in it, and without one takes the last of members of one name.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(int maximum_depth) : maximum_depth_(static_cast<size_t>(maximum_depth)) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return refuse("it holds what is no JSON"); }

  bool start_object(size_t /*unknown*/) override { return open(nlohmann::json::object()); }
  bool start_array(size_t /*unknown*/) override { return open(nlohmann::json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    auto [member, fresh] = open_.back()->emplace(std::move(name), nullptr);
    member_ = &*member;
    return fresh || refuse("a key occurs twice");
  }

  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return refuse("it does not parse");
  }

  Result<nlohmann::json> take() {
    if (!wrong_.empty()) return malformed(wrong_);
    return std::move(root_);
  }

 private:
  bool refuse(std::string why) {
    if (wrong_.empty()) wrong_ = std::move(why);
    return false;
  }

  bool put(nlohmann::json value) { return place(std::move(value)) != nullptr; }

  // Where the value stands from now on. It stays there while it is open: nothing else is put beside it.
  nlohmann::json* place(nlohmann::json value) {
    if (++values_ > kMaximumValues) {
      refuse(fmt::format("more than {} values", kMaximumValues));
      return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_object()) return &(*member_ = std::move(value));
    return &open_.back()->emplace_back(std::move(value));
  }

  bool open(nlohmann::json container) {
    if (open_.size() >= maximum_depth_) return refuse(fmt::format("nested deeper than {}", maximum_depth_));
    nlohmann::json* const placed = place(std::move(container));
    if (placed != nullptr) open_.push_back(placed);
    return placed != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const size_t maximum_depth_;
  nlohmann::json root_;
  std::vector<nlohmann::json*> open_;
  nlohmann::json* member_ = nullptr;  // of the innermost object, to be filled
  size_t values_ = 0;
  std::string wrong_;
};

}  // namespace

Result<nlohmann::json> parse_json(ByteView text, int maximum_depth) {
  Builder builder(maximum_depth);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
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
