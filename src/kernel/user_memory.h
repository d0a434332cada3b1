// Memory of the program as the kernel sees it: addresses that may be wrong. Every copy checks that the range
// lies in the enclave's program memory (never in the kernel, never outside the enclave) and survives a fault,
// which becomes EFAULT.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernel/result.h"

namespace strongroom::kernel {

// Raw copies; prefer the types below. Partial copies are possible before EFAULT is found.
Result<void> copy_from_user(void* to, uint64_t from, size_t size);
Result<void> copy_to_user(uint64_t to, const void* from, size_t size);
Result<void> zero_user(uint64_t to, size_t size);
// Copies a NUL-ended string, at most `capacity` bytes with its NUL; yields its length without. ENAMETOOLONG
// when no NUL is found in `capacity`.
Result<size_t> copy_string_from_user(char* to, uint64_t from, size_t capacity);

// Atomically replaces the word at `address` by `desired` if it is `expected`; yields whether it was, and sets
// `expected` to what was there.
Result<bool> compare_exchange_user(uint64_t address, uint32_t& expected, uint32_t desired);

// A word that copy_from_user() could read a moment ago, once more; waits for nobody, so that it can be called
// under a spin lock.
Result<uint32_t> read_user_word_again(uint64_t address);

// Whether the whole range lies where the program's memory may be (mapped or not).
bool is_user_range(uint64_t address, uint64_t size);

// One object, or an array of them, that a call reads.
template <typename T>
class UserIn {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit UserIn(uint64_t address) : address_(address) {}
  [[nodiscard]] bool is_null() const { return address_ == 0; }
  [[nodiscard]] uint64_t address() const { return address_; }
  [[nodiscard]] Result<T> read(size_t index = 0) const {
    T value;
    KTRY(copy_from_user(&value, address_ + index * sizeof(T), sizeof(T)));
    return value;
  }

 private:
  uint64_t address_;
};

// One object, or an array of them, that a call writes.
template <typename T>
class UserOut {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit UserOut(uint64_t address) : address_(address) {}
  [[nodiscard]] bool is_null() const { return address_ == 0; }
  [[nodiscard]] uint64_t address() const { return address_; }
  [[nodiscard]] Result<void> write(const T& value, size_t index = 0) const {
    return copy_to_user(address_ + index * sizeof(T), &value, sizeof(T));
  }

 private:
  uint64_t address_;
};

}  // namespace strongroom::kernel
