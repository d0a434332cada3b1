// What the parts of the checker share.
#pragma once

#include "edge/compile.h"
#include "edge/evaluate.h"

namespace strongroom::edl {

struct CheckContext {
  Interface& interface;
  Diagnostics& diagnostics;
  bool allow_user_check;

  void report(Location location, std::string message, std::string remedy) const {
    diagnostics.report(location, std::move(message), std::move(remedy));
  }
  // Whether names that the EDL files do not declare may come from a header.
  [[nodiscard]] bool has_headers() const { return !interface.includes.empty(); }
  // An enumerator's value; what a header may define is known later.
  [[nodiscard]] std::optional<Evaluation> constant(const Expression& name) const;
};

void check_types(CheckContext& context);
void check_functions(const CheckContext& context);

// A type that the EDL files do not declare.
bool is_foreign(const Interface& interface, const Type& type);
// The structure or union that a type names; nullptr for any other type.
const Structure* structure_of(const Interface& interface, const Type& type);

// One parameter or member by itself: whether its type exists, its dimensions, and its attributes; `others`
// are the declarations that counts and sizes may name.
void check_parameter(const CheckContext& context, const Declaration& parameter, const Function& function);
void check_member(const CheckContext& context, const Declaration& member, const Structure& structure);
// Base and dimensions of a type.
void check_type(const CheckContext& context, const Type& type);
// count= and size= of `declaration`, whose names stand for `others` ("parameter" or "member").
void check_extent(const CheckContext& context, const Declaration& declaration,
                  const std::vector<Declaration>& others, const char* what);
// No two with one name.
void check_distinct(const CheckContext& context, const std::vector<Declaration>& declarations,
                    const char* what);
// Attributes that say nothing, or contradict each other, wherever they stand.
void check_attributes(const CheckContext& context, const Declaration& declaration);
// [user_check] without leave.
void check_user_check(const CheckContext& context, const Declaration& declaration);

}  // namespace strongroom::edl
