// The value of expressions, and their text.
#pragma once

#include <functional>

#include "edge/ast.h"

namespace strongroom::edl {

// What an expression, or a name in it, amounts to.
struct Evaluation {
  enum class Status {
    kConstant,  // `value` holds
    kLater,     // known at run time, or to the C++ compiler
    kFailed,    // it can have no value: `problem` says why, unless the name's lookup already did
  };
  Status status = Status::kFailed;
  __int128 value = 0;
  const char* problem = nullptr;
  Location location{};
};

using NameLookup = std::function<Evaluation(const Expression& name)>;

Evaluation evaluate(const Expression& expression, const NameLookup& lookup);

// As C++ text; `name` spells the names and `number` the constants.
std::string print(const Expression& expression, const std::function<std::string(const std::string&)>& name,
                  const std::function<std::string(uint64_t)>& number);
// As in the EDL file.
std::string print(const Expression& expression);

}  // namespace strongroom::edl
