#include <algorithm>

#include "strongroom/edge/memory.h"

namespace strongroom::edge {
namespace {

constexpr size_t kWord = sizeof(uint64_t);

// What is volatile is neither split nor joined, and is read once.
uint64_t read_word(uintptr_t address) {
  return *reinterpret_cast<const volatile SharedWord*>(address);
}
void write_word(uintptr_t address, uint64_t word) {
  *reinterpret_cast<volatile SharedWord*>(address) = word;
}

// `size` bytes, which lie in one word.
void read_part(uint8_t* to, uintptr_t shared, size_t size) {
  const size_t offset = shared % kWord;
  const uint64_t word = read_word(shared - offset);
  std::memcpy(to, reinterpret_cast<const uint8_t*>(&word) + offset, size);
}
void write_part(uintptr_t shared, const uint8_t* from, size_t size) {
  const size_t offset = shared % kWord;
  uint64_t word = read_word(shared - offset);
  std::memcpy(reinterpret_cast<uint8_t*>(&word) + offset, from, size);
  write_word(shared - offset, word);
}

// How many bytes stand before the first whole word.
size_t before_words(uintptr_t shared, size_t size) {
  return std::min<size_t>(size, -shared % kWord);
}

}  // namespace

void read_shared_words(void* to, const void* shared, size_t size) {
  auto* out = static_cast<uint8_t*>(to);
  auto at = reinterpret_cast<uintptr_t>(shared);
  if (const size_t first = before_words(at, size); first != 0) {
    read_part(out, at, first);
    out += first;
    at += first;
    size -= first;
  }
  for (; size >= kWord; size -= kWord, at += kWord, out += kWord) {
    const uint64_t word = read_word(at);
    std::memcpy(out, &word, kWord);
  }
  if (size != 0) read_part(out, at, size);
}

void write_shared_words(void* shared, const void* from, size_t size) {
  const auto* in = static_cast<const uint8_t*>(from);
  auto at = reinterpret_cast<uintptr_t>(shared);
  if (const size_t first = before_words(at, size); first != 0) {
    write_part(at, in, first);
    in += first;
    at += first;
    size -= first;
  }
  for (; size >= kWord; size -= kWord, at += kWord, in += kWord) {
    uint64_t word;
    std::memcpy(&word, in, kWord);
    write_word(at, word);
  }
  if (size != 0) write_part(at, in, size);
}

void clear_shared(void* shared_memory, size_t size) {
  if (!shared_in_words) {
    std::memset(shared_memory, 0, size);
    return;
  }
  static constexpr uint8_t kZeros[64] = {};
  auto* out = static_cast<uint8_t*>(shared_memory);
  while (size != 0) {
    const size_t piece = std::min(size, sizeof kZeros);
    write_shared_words(out, kZeros, piece);
    out += piece;
    size -= piece;
  }
}

}  // namespace strongroom::edge
