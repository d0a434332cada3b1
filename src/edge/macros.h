// The macros of one file: names that -D or #define gave, and the tokens that they stand for. As in C, but
// without parameters.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "edge/diagnostic.h"
#include "edge/token.h"

namespace strongroom::edl {

class Macros {
 public:
  static constexpr size_t kDepthLimit = 64;
  static constexpr size_t kStepsLimit = size_t{1} << 20;

  explicit Macros(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  // A name of the command line. Without tokens it is defined, and stands for itself.
  void give(std::string_view name, std::vector<Token> tokens);
  // What follows #define; `location` is that of the directive.
  void define(const std::vector<Token>& line, Location location);
  // What follows #undef.
  void undefine(const std::vector<Token>& line, Location location);

  [[nodiscard]] bool defined(std::string_view name) const { return macros_.contains(name); }
  // Whether `name` was given on the command line without a value: a condition takes it for 1.
  [[nodiscard]] bool given_alone(std::string_view name) const;
  // Appends what `token` stands for: itself, or the tokens of its macro, whose own macros are replaced, too.
  // All get the place of `token`.
  void expand(const Token& token, std::vector<Token>& out);

 private:
  struct Macro {
    std::vector<Token> tokens;
    bool given = false;      // on the command line
    bool expanding = false;  // a macro does not expand within itself
  };
  void expand(const Token& token, Location use, size_t depth, std::vector<Token>& out);

  Diagnostics& diagnostics_;
  std::map<std::string, Macro, std::less<>> macros_;
  size_t steps_ = 0;
  bool exhausted_ = false;
};

}  // namespace strongroom::edl
