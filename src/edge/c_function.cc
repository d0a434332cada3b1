#include "edge/c_function.h"

#include <fmt/format.h>

#include <algorithm>

#include "edge/names.h"

namespace strongroom::edl {

namespace {

using Kind = Attribute::Kind;

std::string c_parameter(const Interface& interface, const Declaration& parameter, bool global) {
  const Type& type = parameter.type;
  const bool reference = type.pointers != 0 || !type.dimensions.empty();
  return fmt::format("{}{}{} {}{}", type.is_const && reference ? "const " : "",
                     c_base(interface, type, global), std::string(type.pointers, '*'),
                     cpp_name(parameter.name.text), spell_dimensions(type, 0));
}

// The type that a parameter has within the function: of an array, the pointer to its elements.
std::string c_decayed(const Interface& interface, const Declaration& parameter) {
  const Type& type = parameter.type;
  const std::string base = c_base(interface, type, true);
  const bool reference = type.pointers != 0 || !type.dimensions.empty();
  const std::string target = (type.is_const && reference ? "const " : "") + base;
  if (!type.dimensions.empty())
    return fmt::format("std::add_pointer_t<{}{}>", target, spell_dimensions(type, 1));
  if (parameter.has(Kind::kIsArray)) return fmt::format("std::decay_t<{}>", base);
  return target + std::string(type.pointers, '*');
}

std::string c_result(const CFunction& function, bool global) {
  const Type& type = function.planned.function->result;
  return (type.is_const && type.pointers != 0 ? "const " : "") + c_base(function.interface, type, global) +
         std::string(type.pointers, '*');
}

std::string c_parameters(const CFunction& function, std::string list, bool global) {
  for (const Declaration& parameter : function.planned.function->parameters)
    list += (list.empty() ? "" : ", ") + c_parameter(function.interface, parameter, global);
  return list.empty() ? "void" : list;
}

// The number of elements behind a pointer, in terms of the C parameters.
std::string c_count(const CFunction& function, const Declaration& parameter) {
  const auto& all = function.planned.function->parameters;
  const auto name = [&all](const std::string& text) -> std::string {
    const bool known = std::any_of(all.begin(), all.end(),
                                   [&text](const Declaration& other) { return other.name.text == text; });
    return known ? fmt::format("{}Size({})", kEdge, cpp_name(text)) : "";
  };
  if (!parameter.type.dimensions.empty()) {
    const std::string first = spell_dimensions(parameter.type, 0);
    return fmt::format("{}Size(size_t{{{}}})", kEdge, first.substr(1, first.find(']') - 1));
  }
  const Attribute* count = parameter.find(Kind::kCount);
  const Attribute* size = parameter.find(Kind::kSize);
  const std::string elements = count == nullptr ? "" : spell_size(function.interface, *count->value, name);
  if (size == nullptr) return elements;
  const std::string bytes = spell_size(function.interface, *size->value, name);
  const std::string total = count == nullptr ? bytes : fmt::format("({}) * ({})", elements, bytes);
  if (copied_as_bytes(function.interface, parameter)) return total;
  return fmt::format("({}).exactly_by(sizeof(*{}))", total, cpp_name(parameter.name.text));
}

// What C++ gets for one parameter of C; what must hold first goes to `checks`.
std::string c_argument(const CFunction& function, const PlannedParameter& parameter, std::string& checks) {
  const Declaration& declaration = *parameter.declaration;
  const bool span = parameter.argument.starts_with("std::span");
  const bool reference =
      declaration.type.pointers != 0 || declaration.has(Kind::kIsPointer) || declaration.has(Kind::kIsArray);
  const auto require = [&](const std::string& condition) {
    checks +=
        fmt::format("  if (!({})) return {}c_bad_pointer(\"{}.{}\", \"{}\");\n", condition, kEdge,
                    function.interface.name, function.planned.function->name.text, declaration.name.text);
  };
  if (declaration.has(Kind::kUserCheck)) return fmt::format("({}){}", parameter.argument, parameter.name);
  if (declaration.has(Kind::kString) || declaration.has(Kind::kWideString)) {
    if (span) require(parameter.name + " != nullptr");
    return fmt::format("{}{}({})", kEdge, span ? "c_text_buffer" : "c_text", parameter.name);
  }
  if (span) {
    const std::string count = c_count(function, declaration);
    require(fmt::format("{}c_valid({}, {})", kEdge, parameter.name, count));
    return fmt::format("{}c_span<{}>({}, {})", kEdge, parameter.argument, parameter.name, count);
  }
  const std::string type = fmt::format("std::remove_cvref_t<{}>", parameter.argument);
  if (!reference) return fmt::format("{}from_c<{}>({})", kEdge, type, parameter.name);
  require(parameter.name + " != nullptr");
  return fmt::format("*({}*){}", type, parameter.name);
}

}  // namespace

std::string c_base(const Interface& interface, const Type& type, bool global) {
  const bool declared =
      interface.structure(type.spelling) != nullptr || interface.is_enumeration(type.spelling);
  if (type.base >= Type::Base::kStruct && declared) return (global ? "::" : "") + cpp_name(type.spelling);
  if (type.base < Type::Base::kStruct || !type.tagged) return type.spelling;
  const char* tag = type.base == Type::Base::kStruct  ? "struct "
                    : type.base == Type::Base::kUnion ? "union "
                                                      : "enum ";
  return tag + type.spelling;
}

std::string c_prototype(const CFunction& function, bool global) {
  return fmt::format("{} {}({})", c_result(function, global), function.name,
                     c_parameters(function, "", global));
}

std::string c_status_prototype(const CFunction& function, bool global) {
  std::string list = function.first;
  const std::string result = c_result(function, global);
  if (result != "void") list += fmt::format("{}{}* result", list.empty() ? "" : ", ", result);
  return fmt::format("uint32_t {}({})", function.name, c_parameters(function, list, global));
}

std::string c_wrapper(const CFunction& function) {
  std::string checks;
  std::string arguments;
  for (const PlannedParameter& parameter : function.planned.parameters)
    arguments += (arguments.empty() ? "" : ", ") + c_argument(function, parameter, checks);
  const bool none = function.planned.result == "void";
  return fmt::format("\nextern \"C\" {} {{\n{}  return {}c_status({}{}({}), {});\n}}\n",
                     c_status_prototype(function, true), checks, kEdge, function.call, function.planned.name,
                     arguments, none ? "static_cast<char*>(nullptr)" : "result");
}

std::string c_adapter(const CFunction& function, const std::string& declarator) {
  std::string arguments;
  for (const Declaration& parameter : function.planned.function->parameters) {
    const auto folded =
        std::find_if(function.planned.folded.begin(), function.planned.folded.end(),
                     [&](const FoldedCount& count) { return count.declaration == &parameter; });
    const std::string value = folded == function.planned.folded.end()
                                  ? cpp_name(parameter.name.text)
                                  : fmt::format("({}).value()", folded->value);
    arguments += fmt::format("{}{}to_c<{}>({})", arguments.empty() ? "" : ", ", kEdge,
                             c_decayed(function.interface, parameter), value);
  }
  const std::string call = fmt::format("::{}({})", function.name, arguments);
  const std::string& result = function.planned.result;
  return fmt::format("\n{} {{\n  return {};\n}}\n", declarator,
                     result == "void" ? call : fmt::format("{}from_c<{}>({})", kEdge, result, call));
}

}  // namespace strongroom::edl
