// The nesting of #ifdef, #ifndef, #else and #endif.
#pragma once

#include "edge/lexer.h"

namespace strongroom::edl {

class Conditionals {
 public:
  static constexpr size_t kDepthLimit = 64;

  Conditionals(const Defines& defines, Diagnostics& diagnostics)
      : defines_(defines), diagnostics_(diagnostics) {}

  // Whether text at this point counts.
  [[nodiscard]] bool active() const { return stack_.empty() || stack_.back().active; }
  // One line that begins with '#': its keyword and what follows it, without comments and spaces at the ends.
  void directive(std::string_view keyword, std::string_view rest, Location location);
  // At the end of the file: whether a condition is still open.
  bool finish();

 private:
  struct Block {
    Location start;
    bool outer_active;
    bool active;
    bool has_else;
  };
  void begin(std::string_view keyword, std::string_view name, Location location);
  void otherwise(Location location);
  void unknown(std::string_view keyword, Location location);

  const Defines& defines_;
  Diagnostics& diagnostics_;
  std::vector<Block> stack_;
};

}  // namespace strongroom::edl
