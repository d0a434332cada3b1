// JSON from outside, read strictly by nlohmann's parser (RFC 8259): no duplicate keys, bounded depth, at most
// 524,288 values, nothing after the value. Code that uses the value includes <nlohmann/json.hpp> itself.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/bytes.h"

namespace strongroom::attest {

Result<nlohmann::json> parse_json(ByteView text, int maximum_depth = 32);
// Whether the text begins, after JSON's white space, with this bracket: a cheap look before parsing.
bool begins_json(std::string_view text, char bracket);

// Members of an object, by their type; kMalformed names what is absent or of another type.
Result<std::string> json_text(const nlohmann::json& object, std::string_view key);
// The same, or "" where there is no such member.
Result<std::string> json_text_or_empty(const nlohmann::json& object, std::string_view key);
// A non-negative integer up to `limit`, written without fraction, exponent or sign.
Result<uint64_t> json_unsigned(const nlohmann::json& object, std::string_view key, uint64_t limit);
// A string of exactly 2 * size hexadecimal digits.
Result<Bytes> json_hex(const nlohmann::json& object, std::string_view key, size_t size);
// An array, an object: references into `object`.
Result<std::reference_wrapper<const nlohmann::json>> json_array(const nlohmann::json& object,
                                                                std::string_view key);
Result<std::reference_wrapper<const nlohmann::json>> json_object(const nlohmann::json& object,
                                                                 std::string_view key);

}  // namespace strongroom::attest
