// Private memory for the arguments of a call: the single copy out of shared memory, and the arena that it
// goes to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "strongroom/edge/size.h"

namespace strongroom::edge {

// Copies from memory that the other side may change at any moment. What is checked later is the copy: the
// compiler may not read the source again.
inline void copy_once(void* private_memory, const void* shared_memory, size_t size) {
  if (size == 0) return;
  std::memcpy(private_memory, shared_memory, size);
  asm volatile("" : : "r"(private_memory) : "memory");
}

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
