// How each function of an interface looks in C++: the decisions of the generator, apart from its text.
#pragma once

#include <functional>

#include "edge/ast.h"

namespace strongroom::edl {

struct PlannedParameter {
  const Declaration* declaration = nullptr;
  std::string name;      // in C++
  std::string argument;  // its C++ type
  std::string kind;      // of strongroom::edge, for instance InSpan<uint8_t>
  bool bytes = false;    // a span of bytes in place of a type that is unknown
};

// A count that is no parameter in C++, because the length of a span says it.
struct FoldedCount {
  const Declaration* declaration = nullptr;
  std::string value;  // as an edge::Size
};

// A condition between sizes, and what to say where it does not hold.
struct Rule {
  std::string condition;
  std::string message;
};

struct PlannedFunction {
  const Function* function = nullptr;
  std::string name;
  std::string result;
  std::vector<PlannedParameter> parameters;
  std::vector<FoldedCount> folded;
  std::vector<Rule> rules;
  // "(std::span<const uint8_t> data, uint32_t flags)"
  [[nodiscard]] std::string parameter_list() const;
  // "data, flags"
  [[nodiscard]] std::string arguments() const;
  [[nodiscard]] std::string signature() const;
};

// `interface` must have been checked, and must outlive the plan.
std::vector<PlannedFunction> plan(const Interface& interface, const std::vector<Function>& functions);

// A base type as C++ spells it in generated code.
std::string spell_base(const Interface& interface, const Type& type);
// The type of the elements that a pointer, array or value of `declaration` is copied as.
std::string spell_element(const Interface& interface, const Declaration& declaration);
// "[2][SIZE]", from dimension `first` on.
std::string spell_dimensions(const Type& type, size_t first);
// A count or size expression as an edge::Size; `name` spells the names in it.
std::string spell_size(const Interface& interface, const Expression& expression,
                       const std::function<std::string(const std::string&)>& name);
// The value of an expression of enumerators and numbers.
std::optional<uint64_t> constant_of(const Interface& interface, const Expression& expression);
// A number of elements or bytes for a message.
std::string describe_extent(const Declaration& declaration);

// Whether the elements of `declaration` are copied as bytes: void, and foreign types measured by size=.
bool copied_as_bytes(const Interface& interface, const Declaration& declaration);

inline constexpr char kEdge[] = "strongroom::edge::";

}  // namespace strongroom::edl
