// Types and sizes as C++ text.
#include <fmt/format.h>

#include "edge/evaluate.h"
#include "edge/names.h"
#include "edge/plan.h"

namespace strongroom::edl {

namespace {

bool declared(const Interface& interface, const Type& type) {
  return interface.structure(type.spelling) != nullptr || interface.is_enumeration(type.spelling);
}

Evaluation constant_name(const Interface& interface, const Expression& name) {
  const auto known = interface.enumerator_values.find(name.name);
  if (known == interface.enumerator_values.end() || !known->second)
    return {Evaluation::Status::kLater, 0, nullptr, {}};
  return {Evaluation::Status::kConstant, *known->second, nullptr, {}};
}

}  // namespace

std::string spell_base(const Interface& interface, const Type& type) {
  if (type.base < Type::Base::kStruct) return type.spelling;
  if (declared(interface, type)) return cpp_name(type.spelling);
  switch (type.base) {
    case Type::Base::kStruct:
      return "struct ::" + type.spelling;
    case Type::Base::kUnion:
      return "union ::" + type.spelling;
    case Type::Base::kEnum:
      return "enum ::" + type.spelling;
    default:
      return type.spelling;
  }
}

bool copied_as_bytes(const Interface& interface, const Declaration& declaration) {
  const Type& type = declaration.type;
  if (type.base == Type::Base::kVoid) return true;
  const bool foreign = type.base >= Type::Base::kStruct && !declared(interface, type);
  return foreign && declaration.has(Attribute::Kind::kSize);
}

std::string spell_element(const Interface& interface, const Declaration& declaration) {
  if (copied_as_bytes(interface, declaration)) return "uint8_t";
  std::string base = spell_base(interface, declaration.type);
  if (declaration.has(Attribute::Kind::kIsPointer)) {
    base = fmt::format("std::remove_const_t<std::remove_pointer_t<{}>>", base);
  }
  return base;
}

std::string spell_dimensions(const Type& type, size_t first) {
  std::string out;
  for (size_t i = first; i < type.dimensions.size(); ++i) {
    out += "[" +
           print(
               type.dimensions[i], [](const std::string& name) { return cpp_name(name); },
               [](uint64_t number) { return std::to_string(number); }) +
           "]";
  }
  return out;
}

std::string spell_size(const Interface& interface, const Expression& expression,
                       const std::function<std::string(const std::string&)>& name) {
  const auto size_of_number = [](uint64_t number) { return fmt::format("{}Size({}U)", kEdge, number); };
  return print(
      expression,
      [&](const std::string& text) {
        const auto known = interface.enumerator_values.find(text);
        // A parameter or member hides an enumerator of the same name.
        const std::string spelled = name(text);
        if (!spelled.empty()) return spelled;
        return size_of_number(static_cast<uint64_t>(known->second.value_or(0)));
      },
      size_of_number);
}

std::optional<uint64_t> constant_of(const Interface& interface, const Expression& expression) {
  const Evaluation value =
      evaluate(expression, [&interface](const Expression& name) { return constant_name(interface, name); });
  if (value.status != Evaluation::Status::kConstant) return {};
  return static_cast<uint64_t>(value.value);
}

std::string describe_extent(const Declaration& declaration) {
  const Attribute* count = declaration.find(Attribute::Kind::kCount);
  const Attribute* size = declaration.find(Attribute::Kind::kSize);
  const auto wrapped = [](const Attribute* attribute) {
    const std::string text = print(*attribute->value);
    return attribute->value->operands.empty() ? text : "(" + text + ")";
  };
  if (count != nullptr && size != nullptr) return fmt::format("{} * {} bytes", wrapped(count), wrapped(size));
  if (count != nullptr) return print(*count->value) + " elements";
  return print(*size->value) + " bytes";
}

}  // namespace strongroom::edl
