// How memory that both sides of a call see is read and written, and the private memory that arguments are
// copied to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "strongroom/edge/size.h"

namespace strongroom::edge {

// In SGX all messages are read and written in whole words of eight bytes at multiples of eight, or some
// processors would hand out stale data, of the enclave also, where the host has put a device in the place of
// memory (CVE-2022-21233 and CVE-2022-21166; docs/sgx.md). The run-time of an enclave sets this before the
// first call; everywhere else it stays false, and copies are what is fastest.
inline constinit bool shared_in_words = false;
using SharedWord [[gnu::may_alias]] = uint64_t;
// Of a word that is read, what is not wanted is dropped. A word that is written in part keeps the rest, as
// the other side has it: so no two threads may write to one word.
void read_shared_words(void* to, const void* shared, size_t size);
void write_shared_words(void* shared, const void* from, size_t size);

// Whether a copy is a few whole words wherever it happens: headers and numbers.
inline bool is_few_words(const void* shared, size_t size) {
  return __builtin_constant_p(size) && size % sizeof(uint64_t) == 0 && size <= 4 * sizeof(uint64_t) &&
         reinterpret_cast<uintptr_t>(shared) % sizeof(uint64_t) == 0;
}

// Copies from memory that the other side may change at any moment. What is checked later is the copy: the
// compiler may not read the source again.
inline void copy_once(void* private_memory, const void* shared_memory, size_t size) {
  if (size == 0) return;
  if (is_few_words(shared_memory, size)) {
    const auto* const words = static_cast<const volatile SharedWord*>(shared_memory);
    for (size_t i = 0; i < size / sizeof(uint64_t); ++i) {
      const uint64_t word = words[i];
      std::memcpy(static_cast<uint8_t*>(private_memory) + i * sizeof word, &word, sizeof word);
    }
    return;  // what is volatile is not read again, and the copy may stay in registers
  }
  if (shared_in_words)
    read_shared_words(private_memory, shared_memory, size);
  else
    std::memcpy(private_memory, shared_memory, size);
  asm volatile("" : : "r"(private_memory) : "memory");
}
inline void write_shared(void* shared_memory, const void* private_memory, size_t size) {
  if (is_few_words(shared_memory, size)) {
    auto* const words = static_cast<volatile SharedWord*>(shared_memory);
    for (size_t i = 0; i < size / sizeof(uint64_t); ++i) {
      uint64_t word;
      std::memcpy(&word, static_cast<const uint8_t*>(private_memory) + i * sizeof word, sizeof word);
      words[i] = word;
    }
  } else if (shared_in_words)
    return write_shared_words(shared_memory, private_memory, size);
  else if (size != 0)
    std::memcpy(shared_memory, private_memory, size);
}

// The two words of a header, read once or written, at any address. In registers: the callers are on the way
// of each call.
struct WordPair {
  uint64_t first, second;
};
[[gnu::cold]] WordPair read_unaligned_pair(const void* shared_memory);
[[gnu::cold]] void write_unaligned_pair(void* shared_memory, WordPair pair);
inline WordPair read_pair(const void* shared_memory) {
  if (reinterpret_cast<uintptr_t>(shared_memory) % sizeof(uint64_t) != 0) [[unlikely]]
    return read_unaligned_pair(shared_memory);
  const auto* const words = static_cast<const volatile SharedWord*>(shared_memory);
  const uint64_t first = words[0];
  return {first, words[1]};
}
inline void write_pair(void* shared_memory, WordPair pair) {
  if (reinterpret_cast<uintptr_t>(shared_memory) % sizeof(uint64_t) != 0) [[unlikely]]
    return write_unaligned_pair(shared_memory, pair);
  auto* const words = static_cast<volatile SharedWord*>(shared_memory);
  words[0] = pair.first;
  words[1] = pair.second;
}
void clear_shared(void* shared_memory, size_t size);

// Hands out pieces of one block that it does not own; no piece is given back singly, and nothing is
// allocated. A call takes a mark before it reads its arguments and rewinds to it when it ends, so nested
// calls stack up. For one thread at a time.
class Arena {
 public:
  static constexpr size_t kAlignment = 16;

  explicit Arena(std::span<uint8_t> memory) : memory_(memory) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Room for `count` objects, or nullptr where the block has no more, or `count` is invalid. Not initialised.
  template <typename T>
  T* allocate(Size count) {
    static_assert(alignof(T) <= kAlignment);
    return static_cast<T*>(allocate_bytes(count * Size(sizeof(T))));
  }
  [[nodiscard]] size_t mark() const { return used_; }
  void rewind(size_t mark) { used_ = mark; }

 private:
  void* allocate_bytes(Size size);

  std::span<uint8_t> memory_;
  size_t used_ = 0;
};

inline void* Arena::allocate_bytes(Size size) {
  const auto start = reinterpret_cast<uintptr_t>(memory_.data());
  const size_t padding = (kAlignment - (start + used_) % kAlignment) % kAlignment;
  const Size end = Size(used_) + Size(padding) + size;
  if (!(end <= Size(memory_.size()))) return nullptr;
  void* piece = memory_.data() + used_ + padding;
  used_ = end.value();
  return piece;
}

}  // namespace strongroom::edge
