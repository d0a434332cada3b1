// NAME_types.h: what both sides share: types, their layouts, and the signatures.
#include <fmt/format.h>

#include "edge/dump.h"
#include "edge/evaluate.h"
#include "edge/generate_parts.h"
#include "edge/names.h"

namespace strongroom::edl {

namespace {

std::string spell_constant(const Expression& expression) {
  return print(
      expression, [](const std::string& name) { return cpp_name(name); },
      [](uint64_t number) { return std::to_string(number); });
}

std::string enumeration_text(const Enumeration& enumeration) {
  bool large = false;
  for (const Enumerator& item : enumeration.items) large = large || item.value.value_or(0) > INT32_MAX;
  std::string out =
      enumeration.name.text.empty() ? "enum" : fmt::format("enum {}", cpp_name(enumeration.name.text));
  out += large ? " : uint32_t {" : " : int32_t {";
  for (const Enumerator& item : enumeration.items) {
    out += "\n  " + cpp_name(item.name.text);
    if (item.value) {
      out += fmt::format(" = {}", *item.value);
    } else if (item.written) {
      out += " = " + spell_constant(*item.written);
    }
    out += ",";
  }
  return out + "\n};\n";
}

std::string member_text(const Interface& interface, const Declaration& member) {
  const Type& type = member.type;
  return fmt::format("  {}{}{} {}{};\n", type.is_const && type.pointers != 0 ? "const " : "",
                     spell_base(interface, type), std::string(type.pointers, '*'), cpp_name(member.name.text),
                     spell_dimensions(type, 0));
}

bool is_deep_member(const Declaration& member) {
  return member.type.pointers != 0 && !member.has(Attribute::Kind::kUserCheck);
}

std::string deep_text(const Interface& interface, const std::string& owner, const Declaration& member) {
  const auto in_object = [](const std::string& name) {
    return fmt::format("{}Size(object.{})", kEdge, cpp_name(name));
  };
  const auto member_or_constant = [&](const std::string& name) -> std::string {
    for (const Declaration& other : interface.structure(owner)->members) {
      if (other.name.text == name) return in_object(name);
    }
    return "";
  };
  const Attribute* count = member.find(Attribute::Kind::kCount);
  const Attribute* size = member.find(Attribute::Kind::kSize);
  const std::string element = spell_element(interface, member);
  const bool declared = interface.structure(member.type.spelling) != nullptr;
  std::string value;
  if (count != nullptr) value = spell_size(interface, *count->value, member_or_constant);
  if (size != nullptr) {
    const std::string bytes = spell_size(interface, *size->value, member_or_constant);
    value = count == nullptr ? bytes : fmt::format("({}) * ({})", value, bytes);
    if (element != "uint8_t") value = fmt::format("({}).exactly_by(sizeof(Element))", value);
  }
  const std::string space =
      declared || interface.is_enumeration(member.type.spelling) ? "::" + interface.name + "::" : "";
  return fmt::format(
      "  struct Deep_{0} {{\n"
      "    static constexpr auto kMember = &::{1}::{2}::{0};\n"
      "    using Element = {3}{4};\n"
      "    static Size count([[maybe_unused]] const ::{1}::{2}& object) {{ return {5}; }}\n"
      "  }};\n",
      cpp_name(member.name.text), interface.name, cpp_name(owner), space, element, value);
}

std::string layout_text(const Interface& interface, const Structure& structure) {
  std::string out = fmt::format("\ntemplate <>\nstruct strongroom::edge::Layout<::{}::{}> {{\n",
                                interface.name, cpp_name(structure.name.text));
  std::string plain;
  std::string deep;
  for (const Declaration& member : structure.members) {
    if (is_deep_member(member)) {
      out += deep_text(interface, structure.name.text, member);
      deep += fmt::format("{}Deep_{}", deep.empty() ? "" : ", ", cpp_name(member.name.text));
    } else {
      plain += fmt::format("{}&::{}::{}::{}", plain.empty() ? "" : ", ", interface.name,
                           cpp_name(structure.name.text), cpp_name(member.name.text));
    }
  }
  out += fmt::format("  using Plain = {}<{}>;\n  using Deep = DeepFields<{}>;\n}};\n",
                     structure.is_union ? "Alternatives" : "Fields", plain, deep);
  return out;
}

std::string rule_text(const PlannedFunction& function) {
  if (function.rules.empty()) return "";
  std::string list;
  for (const PlannedParameter& parameter : function.parameters)
    list += fmt::format("{}[[maybe_unused]] const auto& {}", list.empty() ? "" : ", ", parameter.name);
  std::string out = fmt::format("struct {} {{\n  static const char* broken({}) {{\n", function.name, list);
  for (const Rule& rule : function.rules)
    out += fmt::format("    if (!({})) return \"{}\";\n", rule.condition, rule.message);
  return out + "    return nullptr;\n  }\n};\n";
}

// Whether the callers of a function need the list of the ecalls that it allows.
std::string allowed_text(const PlannedInterface& planned, const PlannedFunction& function) {
  if (function.function->allowed.empty()) return "";
  std::string numbers;
  for (const Name& name : function.function->allowed) {
    for (size_t i = 0; i < planned.ecalls.size(); ++i) {
      if (planned.ecalls[i].function->name.text == name.text)
        numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", i);
    }
  }
  return fmt::format("inline constexpr uint32_t {}[] = {{{}}};\n", function.name, numbers);
}

std::string info_text(const PlannedInterface& planned, const PlannedFunction& function, size_t number) {
  const Function& stated = *function.function;
  return fmt::format("inline constexpr {}CallInfo {}{{\"{}.{}\", {}, {}, {}, kDigest_{}}};\n", kEdge,
                     function.name, planned.interface.name, stated.name.text, number, stated.propagate_errno,
                     stated.switchless, stated.allowed.empty() ? "" : ", allowed_::" + function.name);
}

std::string signatures(const PlannedInterface& planned) {
  std::string rules;
  std::string allowed;
  std::string out;
  std::string info;
  for (const auto* functions : {&planned.ecalls, &planned.ocalls}) {
    for (size_t i = 0; i < functions->size(); ++i) {
      const PlannedFunction& function = (*functions)[i];
      rules += rule_text(function);
      allowed += allowed_text(planned, function);
      info += info_text(planned, function, i);
      out += fmt::format("using {} = {}Signature<{}{}>;\n", function.name, kEdge, function.signature(),
                         function.rules.empty() ? "" : ", rule_::" + function.name);
    }
  }
  const auto space = [](const char* name, const std::string& text) {
    return text.empty() ? text : fmt::format("namespace {0} {{\n{1}}}  // namespace {0}\n", name, text);
  };
  return space("rule_", rules) + space("allowed_", allowed) + space("signature_", out) + space("info_", info);
}

}  // namespace

std::string definitions(const Interface& interface) {
  std::string out;
  for (const Enumeration& enumeration : interface.enumerations) out += enumeration_text(enumeration);
  for (const Structure& structure : interface.structures)
    out += fmt::format("{} {};\n", structure.is_union ? "union" : "struct", cpp_name(structure.name.text));
  for (const Structure& structure : interface.structures) {
    out += fmt::format("{} {} {{\n", structure.is_union ? "union" : "struct", cpp_name(structure.name.text));
    for (const Declaration& member : structure.members) out += member_text(interface, member);
    out += "};\n";
  }
  return out;
}

std::string layouts(const Interface& interface) {
  std::string out;
  for (const Structure& structure : interface.structures) out += layout_text(interface, structure);
  return out;
}

GeneratedFile generate_types(const PlannedInterface& planned) {
  const Interface& interface = planned.interface;
  std::string text = banner(interface, "Types and signatures that both sides of the boundary share.");
  text +=
      "#pragma once\n\n#include <sys/types.h>\n\n#include <cstddef>\n#include <cstdint>\n\n#include "
      "\"strongroom/edge.h\"\n\n";
  text += headers_of(interface, Side::kBoth);
  const std::string types = definitions(interface);
  if (!types.empty())
    text += fmt::format("namespace {0} {{\n{1}}}  // namespace {0}\n", interface.name, types);
  text += layouts(interface);
  if (!types.empty()) text += "\n";
  text += fmt::format(
      "namespace {0} {{\ninline constexpr uint64_t kDigest_ = 0x{1:016x};\n{2}}}  // namespace {0}\n",
      interface.name, digest(interface), signatures(planned));
  return {interface.name + "_types.h", std::move(text)};
}

}  // namespace strongroom::edl
