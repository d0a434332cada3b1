// The lines that begin with '#': the nesting of conditions, and which of them hold.
#pragma once

#include "edge/macros.h"

namespace strongroom::edl {

class Conditionals {
 public:
  static constexpr size_t kDepthLimit = 64;

  Conditionals(Macros& macros, Diagnostics& diagnostics) : macros_(macros), diagnostics_(diagnostics) {}

  // Whether text at this point counts.
  [[nodiscard]] bool active() const { return stack_.empty() || stack_.back().active; }
  // One line that begins with '#': its keyword and the tokens that follow it.
  void directive(std::string_view keyword, const std::vector<Token>& rest, Location location);
  // At the end of the file: whether a condition is still open.
  bool finish();

 private:
  struct Block {
    Location start;
    bool outer_active;
    bool active;
    bool taken;  // one of its branches was active
    bool has_else;
  };
  void begin(std::string_view keyword, const std::vector<Token>& rest, Location location);
  void otherwise(std::string_view keyword, const std::vector<Token>& rest, Location location);
  void unknown(std::string_view keyword, Location location);

  Macros& macros_;
  Diagnostics& diagnostics_;
  std::vector<Block> stack_;
};

}  // namespace strongroom::edl
