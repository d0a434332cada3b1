#include "edge/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "edge/check_context.h"

namespace strongroom::edl {

std::optional<Evaluation> CheckContext::constant(const Expression& name) const {
  const auto known = interface.enumerator_values.find(name.name);
  if (known == interface.enumerator_values.end()) return {};
  if (!known->second) return Evaluation{Evaluation::Status::kLater, 0, nullptr, name.location};
  return Evaluation{Evaluation::Status::kConstant, *known->second, nullptr, name.location};
}

bool is_foreign(const Interface& interface, const Type& type) {
  if (type.base < Type::Base::kStruct) return false;
  return interface.structure(type.spelling) == nullptr && !interface.is_enumeration(type.spelling);
}

const Structure* structure_of(const Interface& interface, const Type& type) {
  return type.base < Type::Base::kStruct ? nullptr : interface.structure(type.spelling);
}

void check_type(const CheckContext& context, const Type& type) {
  if (is_foreign(context.interface, type) && !context.has_headers()) {
    context.report(type.location, fmt::format("the type '{}' is not declared", type.spelling),
                   "declare it in the EDL file, or include the header that does: include \"header.h\"");
  }
  __int128 elements = 1;
  for (const Expression& dimension : type.dimensions) {
    const Evaluation value = evaluate(dimension, [&context](const Expression& name) -> Evaluation {
      const std::optional<Evaluation> constant = context.constant(name);
      if (constant) return *constant;
      if (context.has_headers()) return {Evaluation::Status::kLater, 0, nullptr, name.location};
      context.report(name.location, fmt::format("the constant '{}' is not declared", name.name),
                     "declare it in an enum, or include the header that defines it");
      return {};
    });
    const bool constant = value.status == Evaluation::Status::kConstant;
    if (value.problem != nullptr) context.report(value.location, value.problem, "correct the expression");
    if (constant && value.value <= 0)
      context.report(dimension.location, "the length of an array is zero or less",
                     "use a length of at least 1");
    if (constant && value.value > 0) elements = std::min(elements * value.value, __int128{1} << 62);
    if (constant && elements > (1 << 30))
      context.report(dimension.location, "the array has more than 2^30 elements", "use a shorter array");
  }
}

void check_distinct(const CheckContext& context, const std::vector<Declaration>& declarations,
                    const char* what) {
  std::set<std::string_view> names;
  for (const Declaration& declaration : declarations) {
    if (names.insert(declaration.name.text).second) continue;
    context.report(declaration.name.location, fmt::format("a second {} '{}'", what, declaration.name.text),
                   "rename one of the two");
  }
}

void check(Compilation& compilation, const CompileOptions& options) {
  CheckContext context{compilation.interface, compilation.diagnostics, options.allow_user_check};
  check_types(context);
  check_functions(context);
}

}  // namespace strongroom::edl
