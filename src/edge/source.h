// The texts that a compilation reads, and places in them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "strongroom/result.h"

namespace strongroom::edl {

// A stretch of one line. Lines and columns count from 1; columns and length count bytes.
struct Location {
  uint32_t file = 0;
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t length = 1;
};

// Reads one file; kNotFound tells that there is none. Tests and the fuzzer put other sources in its place.
using FileLoader = std::function<Result<std::string>(const std::string& path)>;

// Loads from the file system; files of more than kFileLimit bytes are refused.
Result<std::string> load_from_disk(const std::string& path);
inline constexpr size_t kFileLimit = size_t{4} << 20;

// Owns all texts of a compilation; views into them stay good as long as it lives.
class SourceSet {
 public:
  uint32_t add(std::string path, std::string text);
  [[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(sources_.size()); }
  [[nodiscard]] const std::string& path(uint32_t file) const { return sources_[file].path; }
  [[nodiscard]] std::string_view text(uint32_t file) const { return sources_[file].text; }
  // Line `line` without its end; empty where the file has no such line.
  [[nodiscard]] std::string_view line(uint32_t file, uint32_t line) const;

 private:
  struct Source {
    std::string path;
    std::string text;
  };
  std::deque<Source> sources_;
};

}  // namespace strongroom::edl
