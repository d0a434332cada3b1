#include "edge/dump.h"

#include <fmt/format.h>

#include "edge/evaluate.h"

namespace strongroom::edl {

namespace {

std::string dump_type(const Type& type) {
  const char* tag = type.base == Type::Base::kStruct  ? "struct "
                    : type.base == Type::Base::kUnion ? "union "
                    : type.base == Type::Base::kEnum  ? "enum "
                                                      : "";
  return fmt::format("{}{}{}{}", type.is_const ? "const " : "", tag, type.spelling,
                     std::string(type.pointers, '*'));
}

std::string dump_attributes(const Declaration& declaration) {
  static constexpr struct {
    Attribute::Kind kind;
    const char* text;
  } kOrder[] = {{Attribute::Kind::kIn, "in"},
                {Attribute::Kind::kOut, "out"},
                {Attribute::Kind::kString, "string"},
                {Attribute::Kind::kWideString, "wstring"},
                {Attribute::Kind::kIsPointer, "isptr"},
                {Attribute::Kind::kIsArray, "isary"},
                {Attribute::Kind::kReadOnly, "readonly"},
                {Attribute::Kind::kUserCheck, "user_check"},
                {Attribute::Kind::kCount, "count="},
                {Attribute::Kind::kSize, "size="}};
  std::string out;
  for (const auto& entry : kOrder) {
    const Attribute* attribute = declaration.find(entry.kind);
    if (attribute == nullptr) continue;
    out += out.empty() ? "[" : ", ";
    out += entry.text;
    if (attribute->value) out += print(*attribute->value);
  }
  return out.empty() ? out : out + "] ";
}

std::string dump_declaration(const Declaration& declaration) {
  std::string out = dump_attributes(declaration) + dump_type(declaration.type) + " " + declaration.name.text;
  for (const Expression& dimension : declaration.type.dimensions) out += "[" + print(dimension) + "]";
  return out;
}

std::string dump_function(const Function& function) {
  std::string out = function.trusted ? function.is_public ? "ecall public " : "ecall private " : "ocall ";
  out += dump_type(function.result) + " " + function.name.text + "(";
  for (size_t i = 0; i < function.parameters.size(); ++i)
    out += (i == 0 ? "" : ", ") + dump_declaration(function.parameters[i]);
  out += ")";
  for (size_t i = 0; i < function.allowed.size(); ++i)
    out += (i == 0 ? " allow " : ", ") + function.allowed[i].text;
  if (function.propagate_errno) out += " propagate_errno";
  if (function.switchless) out += " transition_using_threads";
  return out + "\n";
}

}  // namespace

std::string dump(const Interface& interface) {
  std::string out = fmt::format("enclave {}\n", interface.name);
  for (const Include& include : interface.includes) {
    const char* side = include.side == Side::kBoth      ? ""
                       : include.side == Side::kTrusted ? " trusted"
                                                        : " untrusted";
    out += fmt::format("include \"{}\"{}\n", include.path.text, side);
  }
  for (const Enumeration& enumeration : interface.enumerations) {
    out += fmt::format("enum {}{{", enumeration.name.text.empty() ? "" : enumeration.name.text + " ");
    for (size_t i = 0; i < enumeration.items.size(); ++i) {
      const Enumerator& item = enumeration.items[i];
      const std::string value = item.value     ? std::to_string(*item.value)
                                : item.written ? print(*item.written)
                                               : "next";
      out += fmt::format("{}{} = {}", i == 0 ? "" : ", ", item.name.text, value);
    }
    out += "}\n";
  }
  for (const Structure& structure : interface.structures) {
    out += fmt::format("{}{} {} {{", structure.deep ? "deep " : "", structure.is_union ? "union" : "struct",
                       structure.name.text);
    for (size_t i = 0; i < structure.members.size(); ++i)
      out += (i == 0 ? "" : "; ") + dump_declaration(structure.members[i]);
    out += "}\n";
  }
  for (const Function& function : interface.ecalls) out += dump_function(function);
  for (const Function& function : interface.ocalls) out += dump_function(function);
  return out;
}

uint64_t digest(const Interface& interface) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : dump(interface)) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace strongroom::edl
