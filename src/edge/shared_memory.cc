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

// Goes over memory as the words that it holds whole, each by whole(OFFSET), and what of a word stands before
// and after them by part(OFFSET, SIZE).
template <typename Part, typename Whole>
void in_words(uintptr_t shared, size_t size, const Part& part, const Whole& whole) {
  size_t done = std::min<size_t>(size, -shared % kWord);
  if (done != 0) part(0, done);
  for (; size - done >= kWord; done += kWord) whole(done);
  if (done != size) part(done, size - done);
}

}  // namespace

void read_shared_words(void* to, const void* shared, size_t size) {
  auto* const out = static_cast<uint8_t*>(to);
  const auto at = reinterpret_cast<uintptr_t>(shared);
  in_words(
      at, size, [&](size_t offset, size_t part) { read_part(out + offset, at + offset, part); },
      [&](size_t offset) {
        const uint64_t word = read_word(at + offset);
        std::memcpy(out + offset, &word, kWord);
      });
}

void write_shared_words(void* shared, const void* from, size_t size) {
  const auto* const in = static_cast<const uint8_t*>(from);
  const auto at = reinterpret_cast<uintptr_t>(shared);
  in_words(
      at, size, [&](size_t offset, size_t part) { write_part(at + offset, in + offset, part); },
      [&](size_t offset) {
        uint64_t word;
        std::memcpy(&word, in + offset, kWord);
        write_word(at + offset, word);
      });
}

WordPair read_unaligned_pair(const void* shared_memory) {
  WordPair pair;
  copy_once(&pair, shared_memory, sizeof pair);
  return pair;
}
void write_unaligned_pair(void* shared_memory, WordPair pair) {
  write_shared(shared_memory, &pair, sizeof pair);
}

void clear_shared(void* shared_memory, size_t size) {
  if (!shared_in_words) {
    std::memset(shared_memory, 0, size);
    return;
  }
  static constexpr uint8_t kZeros[kWord] = {};
  const auto at = reinterpret_cast<uintptr_t>(shared_memory);
  in_words(
      at, size, [&](size_t offset, size_t part) { write_part(at + offset, kZeros, part); },
      [&](size_t offset) { write_word(at + offset, 0); });
}

}  // namespace strongroom::edge
