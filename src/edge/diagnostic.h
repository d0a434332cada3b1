// What is wrong with an EDL file: all of it, each with its place and the way out.
#pragma once

#include <vector>

#include "edge/source.h"

namespace strongroom::edl {

struct Diagnostic {
  Location location;
  std::string message;
  std::string remedy;
};

// Collects errors. The first at a place stands; those that follow at the same place are its echo.
class Diagnostics {
 public:
  static constexpr size_t kLimit = 100;

  void report(Location location, std::string message, std::string remedy);
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] size_t size() const { return list_.size(); }

  // By file, line and column:
  //   hello.edl:7:22: error: the pointer 'data' has no attribute
  //       7 |   public void put(char* data);
  //         |                         ^~~~
  //     remedy: say [in, count=...] ...
  [[nodiscard]] std::string render(const SourceSet& sources) const;

 private:
  std::vector<Diagnostic> list_;
  size_t dropped_ = 0;
};

}  // namespace strongroom::edl
