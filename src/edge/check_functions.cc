// Functions: results, parameters, and which calls a call allows.
#include <fmt/format.h>

#include <set>

#include "edge/check_context.h"

namespace strongroom::edl {

namespace {

using Base = Type::Base;

void check_result(const CheckContext& context, const Function& function) {
  const Type& type = function.result;
  check_type(context, type);
  if (type.pointers != 0) {
    if (context.allow_user_check) return;
    return context.report(
        type.location,
        fmt::format("'{}' returns a pointer, which means nothing to the other side", function.name.text),
        "return the data through an [out] parameter, or a number as a handle; if the address alone is "
        "meant, pass --allow-user-check");
  }
  const Structure* held = structure_of(context.interface, type);
  if (held != nullptr && held->deep) {
    context.report(type.location,
                   fmt::format("'{}' returns a structure that holds pointers", function.name.text),
                   "return it through an [in, out] parameter, whose buffers the caller provides");
  }
}

using Names = std::set<std::string_view>;

void check_allowed(const CheckContext& context, const Function& function, const Names& ecalls) {
  Names seen;
  for (const Name& name : function.allowed) {
    if (!ecalls.contains(name.text))
      context.report(name.location, fmt::format("there is no ecall '{}' to allow", name.text),
                     "name a function of a trusted block");
    if (!seen.insert(name.text).second)
      context.report(name.location, fmt::format("'{}' is allowed twice", name.text), "name it once");
  }
}

void check_function(const CheckContext& context, const Function& function, const Names& ecalls) {
  if (function.name.text == "Enclave" || function.name.text == "HostFunctions")
    context.report(function.name.location,
                   fmt::format("the name '{}' belongs to generated code", function.name.text),
                   "rename the function");
  check_result(context, function);
  check_distinct(context, function.parameters, "parameter");
  for (const Declaration& parameter : function.parameters) check_parameter(context, parameter, function);
  check_allowed(context, function, ecalls);
}

}  // namespace

void check_functions(const CheckContext& context) {
  const Interface& interface = context.interface;
  constexpr size_t kLimit = 65536;
  Names ecalls;
  for (const Function& function : interface.ecalls) ecalls.insert(function.name.text);
  for (const auto* list : {&interface.ecalls, &interface.ocalls}) {
    if (list->size() > kLimit)
      context.report((*list)[kLimit].name.location, fmt::format("more than {} functions", kLimit),
                     "split the interface");
    for (const Function& function : *list) {
      check_function(context, function, ecalls);
    }
  }
}

}  // namespace strongroom::edl
