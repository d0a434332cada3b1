// Size: an unsigned 64-bit number whose arithmetic remembers that it went wrong.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace strongroom::edge {

// The counts and sizes that an EDL file states, computed at run time. A result that overflows, falls below
// zero, or divides by zero or with a remainder where none may be left is invalid, and so is all that is
// computed from it. An invalid Size equals nothing and is smaller than nothing.
class Size {
 public:
  template <std::unsigned_integral T>
  constexpr Size(T value) : value_(value) {}  // NOLINT: the conversion is meant to be implicit
  static constexpr Size invalid() { return Size(); }

  [[nodiscard]] constexpr bool valid() const { return valid_; }
  // 0 where the size is invalid: ask valid() first.
  [[nodiscard]] constexpr size_t value() const { return valid_ ? value_ : 0; }

  friend constexpr Size operator+(Size a, Size b) {
    uint64_t sum = 0;
    const bool fits = !__builtin_add_overflow(a.value_, b.value_, &sum);
    return checked(a, b, fits, sum);
  }
  friend constexpr Size operator-(Size a, Size b) {
    return checked(a, b, a.value_ >= b.value_, a.value_ - b.value_);
  }
  friend constexpr Size operator*(Size a, Size b) {
    uint64_t product = 0;
    const bool fits = !__builtin_mul_overflow(a.value_, b.value_, &product);
    return checked(a, b, fits, product);
  }
  friend constexpr Size operator/(Size a, Size b) {
    return b.value_ == 0 ? invalid() : checked(a, b, true, a.value_ / b.value_);
  }
  friend constexpr Size operator%(Size a, Size b) {
    return b.value_ == 0 ? invalid() : checked(a, b, true, a.value_ % b.value_);
  }
  friend constexpr Size operator<<(Size a, Size b) {
    if (b.value_ > 63) return invalid();
    const uint64_t shifted = a.value_ << b.value_;
    return checked(a, b, shifted >> b.value_ == a.value_, shifted);
  }
  // The quotient, invalid where the division leaves a remainder: a size in bytes as a count of elements.
  [[nodiscard]] constexpr Size exactly_by(Size divisor) const {
    return *this % divisor == Size(0U) ? *this / divisor : invalid();
  }

  friend constexpr bool operator==(Size a, Size b) { return a.valid_ && b.valid_ && a.value_ == b.value_; }
  friend constexpr bool operator<=(Size a, Size b) { return a.valid_ && b.valid_ && a.value_ <= b.value_; }

 private:
  constexpr Size() : valid_(false) {}
  static constexpr Size checked(Size a, Size b, bool holds, uint64_t value) {
    return a.valid_ && b.valid_ && holds ? Size(value) : invalid();
  }

  uint64_t value_ = 0;
  bool valid_ = true;
};

// Whether a size can be had in the type that the EDL file gives it.
template <std::unsigned_integral T>
constexpr bool fits(Size size) {
  return size <= Size(static_cast<T>(~T{0}));
}

}  // namespace strongroom::edge
