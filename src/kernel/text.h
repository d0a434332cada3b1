// Composes short messages without allocating.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace strongroom::kernel {

// Appends to a fixed buffer; what does not fit is cut off.
template <size_t Capacity>
class Text {
 public:
  Text& add(std::string_view text) {
    for (const char c : text)
      if (size_ < Capacity) buffer_[size_++] = c;
    return *this;
  }
  Text& decimal(uint64_t value) { return number(value, 10); }
  Text& hexadecimal(uint64_t value) { return add("0x").number(value, 16); }
  // Hexadecimal with `prefix`, and zeros in front up to `width` digits.
  Text& hexadecimal(uint64_t value, int width, std::string_view prefix) {
    add(prefix);
    for (int digit = width - 1; digit > 0 && value >> (4 * digit) == 0; --digit) add("0");
    return number(value, 16);
  }
  [[nodiscard]] std::string_view view() const { return {buffer_, size_}; }

 private:
  Text& number(uint64_t value, uint64_t base) {
    char digits[20];
    int count = 0;
    do {
      const auto digit = static_cast<char>(value % base);
      digits[count++] = static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10);
      value /= base;
    } while (value != 0);
    while (count > 0) add({&digits[--count], 1});
    return *this;
  }

  char buffer_[Capacity];
  size_t size_ = 0;
};

}  // namespace strongroom::kernel
