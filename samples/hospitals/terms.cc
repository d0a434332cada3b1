#include "terms.h"

#include <charconv>
#include <sstream>
#include <stdexcept>

namespace study {
namespace {

constexpr size_t kMaximumHospitals = 16;

unsigned number(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0 || value > 1000000)
    throw std::runtime_error("\"" + text + "\" is no number of epochs");
  return value;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  for (const uint8_t byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

Key key_from_hex(const std::string& text) {
  Key out{};
  if (text.size() != 2 * out.size()) throw std::runtime_error("a key or digest has 64 hexadecimal digits");
  for (size_t i = 0; i < out.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, out[i], 16);
    if (error != std::errc{} || end != text.data() + 2 * i + 2)
      throw std::runtime_error("\"" + text + "\" is not hexadecimal");
  }
  return out;
}

uint32_t Terms::number_of(const std::string& name) const {
  for (size_t i = 0; i < hospitals.size(); ++i)
    if (hospitals[i].name == name) return static_cast<uint32_t>(i);
  throw std::runtime_error("the terms know no hospital \"" + name + "\"");
}

Terms parse_terms(ByteView file) {
  Terms terms;
  std::istringstream lines(std::string(file.begin(), file.end()));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string what;
    std::string first;
    std::string second;
    std::string more;
    words >> what >> first >> second >> more;
    const bool two = !first.empty() && second.empty();
    if (what == "study" && two) {
      terms.study = first;
    } else if (what == "epochs" && two) {
      terms.epochs = number(first);
    } else if (what == "policy" && two) {
      terms.policy_digest = key_from_hex(first);
    } else if (what == "hospital" && !second.empty() && more.empty() &&
               terms.hospitals.size() < kMaximumHospitals) {
      terms.hospitals.push_back({first, key_from_hex(second)});
    } else {
      throw std::runtime_error("the terms do not have the form of terms: \"" + line + "\"");
    }
  }
  if (terms.study.empty() || terms.epochs == 0 || terms.hospitals.size() < 2)
    throw std::runtime_error("the terms name no study, no epochs, or fewer than two hospitals");
  terms.digest = sha256(file);
  return terms;
}

}  // namespace study
