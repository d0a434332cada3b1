// What the memory hunter looks for, and the search through a stream of memory that arrives in pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attack {

struct Pattern {
  std::string name;  // as reports call it
  Bytes bytes;
};

// The text itself.
Pattern text_pattern(std::string_view text);
// Comma-separated decimal numbers as consecutive IEEE 754 doubles in memory order.
Result<Pattern> doubles_pattern(std::string_view numbers);
// Hexadecimal digits.
Result<Pattern> hex_pattern(std::string_view digits);

struct Hit {
  std::string pattern;
  std::string where;     // mapping, file or descriptor
  uint64_t address = 0;  // in the process, or the offset in the file
};

// Finds patterns in pieces of memory, also across the border of two pieces that follow each other. Keeps at
// most kMaximumHits hits; further ones are only counted. Not thread safe.
class Search {
 public:
  static constexpr size_t kMaximumHits = 16;

  explicit Search(const std::vector<Pattern>& patterns);

  // The next piece, which stands at `address` in `where`. It continues the one before when address and place
  // say so.
  void piece(std::string_view where, uint64_t address, ByteView bytes);

  [[nodiscard]] const std::vector<Hit>& hits() const { return hits_; }
  [[nodiscard]] uint64_t hit_count() const { return hit_count_; }
  [[nodiscard]] uint64_t bytes_searched() const { return bytes_searched_; }

 private:
  const std::vector<Pattern>& patterns_;
  size_t longest_ = 0;
  std::string where_;
  uint64_t next_address_ = 0;
  Bytes window_;  // the end of the last piece, then the new one
  std::vector<Hit> hits_;
  uint64_t hit_count_ = 0;
  uint64_t bytes_searched_ = 0;
};

}  // namespace strongroom::attack
