#include "edge/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "edge/names.h"

namespace strongroom::edl {

namespace {

using Kind = Attribute::Kind;
using Base = Type::Base;

class FunctionPlanner {
 public:
  FunctionPlanner(const Interface& interface, const Function& function)
      : interface_(interface), function_(function) {}

  PlannedFunction run() {
    out_.function = &function_;
    out_.name = cpp_name(function_.name.text);
    out_.result = spell_base(interface_, function_.result) + std::string(function_.result.pointers, '*');
    if (function_.result.pointers != 0 && function_.result.is_const) out_.result = "const " + out_.result;
    for (const Declaration& parameter : function_.parameters) fold(parameter);
    for (const Declaration& parameter : function_.parameters) {
      if (folded(parameter.name.text) == nullptr) out_.parameters.push_back(planned(parameter));
    }
    for (const Declaration& parameter : function_.parameters) extent_rule(parameter);
    return std::move(out_);
  }

 private:
  [[nodiscard]] const FoldedCount* folded(const std::string& name) const {
    const auto found =
        std::find_if(out_.folded.begin(), out_.folded.end(),
                     [&name](const FoldedCount& count) { return count.declaration->name.text == name; });
    return found == out_.folded.end() ? nullptr : &*found;
  }

  // Whether the data of `parameter` is copied with a length that an expression states.
  static bool has_extent(const Declaration& parameter) {
    return !parameter.has(Kind::kUserCheck) && (parameter.has(Kind::kCount) || parameter.has(Kind::kSize));
  }

  // Folds a count that is, alone, the count or size of a pointer.
  void fold(const Declaration& count) {
    if (!count.type.plain() || !count.attributes.empty()) return;
    if (count.type.base != Base::kUnsigned && count.type.base != Base::kNamed) return;
    for (const Declaration& pointer : function_.parameters) {
      if (!has_extent(pointer)) continue;
      const Attribute* elements = pointer.find(Kind::kCount);
      const Attribute* size = pointer.find(Kind::kSize);
      if (elements != nullptr && size != nullptr) continue;
      const Expression& value = elements != nullptr ? *elements->value : *size->value;
      if (value.kind != Expression::Kind::kName || value.name != count.name.text) continue;
      out_.folded.push_back({&count, actual(pointer)});
      narrow_rule(count, pointer);
      return;
    }
  }

  // The length of the span in the unit of its attribute.
  [[nodiscard]] std::string actual(const Declaration& pointer) const {
    const bool in_bytes = pointer.has(Kind::kSize);
    return fmt::format("{}Size({}.{}())", kEdge, cpp_name(pointer.name.text),
                       in_bytes ? "size_bytes" : "size");
  }

  void narrow_rule(const Declaration& count, const Declaration& pointer) {
    static constexpr const char* kWide[] = {"size_t",    "uint64_t",      "uintptr_t",
                                            "uintmax_t", "unsigned long", "unsigned long long"};
    const std::string type = spell_base(interface_, count.type);
    if (std::find(std::begin(kWide), std::end(kWide), type) != std::end(kWide)) return;
    out_.rules.push_back(
        {fmt::format("{}fits<{}>({})", kEdge, type, actual(pointer)),
         fmt::format("'{}' is longer than '{}' can say", pointer.name.text, count.name.text)});
  }

  [[nodiscard]] std::string name_in_rule(const std::string& text) const {
    if (const FoldedCount* count = folded(text); count != nullptr) return count->value;
    const bool parameter = std::any_of(function_.parameters.begin(), function_.parameters.end(),
                                       [&text](const Declaration& other) { return other.name.text == text; });
    return parameter ? fmt::format("{}Size({})", kEdge, cpp_name(text)) : "";
  }

  // The number of elements, where the type of the span can state it.
  [[nodiscard]] std::optional<uint64_t> fixed_extent(const Declaration& pointer) const {
    const Attribute* count = pointer.find(Kind::kCount);
    const Attribute* size = pointer.find(Kind::kSize);
    if (count != nullptr && size == nullptr) return constant_of(interface_, *count->value);
    if (count == nullptr && size != nullptr && copied_as_bytes(interface_, pointer))
      return constant_of(interface_, *size->value);
    return {};
  }

  void extent_rule(const Declaration& pointer) {
    if (!has_extent(pointer) || fixed_extent(pointer)) return;
    std::string stated;
    for (const Kind kind : {Kind::kCount, Kind::kSize}) {
      const Attribute* attribute = pointer.find(kind);
      if (attribute == nullptr) continue;
      const std::string value = spell_size(interface_, *attribute->value,
                                           [this](const std::string& text) { return name_in_rule(text); });
      stated += stated.empty() ? value : " * (" + value + ")";
      if (stated == value && pointer.has(Kind::kCount) && pointer.has(Kind::kSize))
        stated = "(" + value + ")";
    }
    if (stated == actual(pointer)) return;  // its own count, folded into it
    out_.rules.push_back({fmt::format("{} == {}", actual(pointer), stated),
                          fmt::format("'{}' must have {}", pointer.name.text, describe_extent(pointer))});
  }

  PlannedParameter planned(const Declaration& parameter) {
    PlannedParameter out{
        .declaration = &parameter, .name = cpp_name(parameter.name.text), .argument = {}, .kind = {}};
    const Type& type = parameter.type;
    const bool reference = type.pointers != 0 || !type.dimensions.empty() ||
                           parameter.has(Kind::kIsPointer) || parameter.has(Kind::kIsArray);
    if (!reference) {
      out.argument = spell_base(interface_, type);
      out.kind = fmt::format("In<{}>", out.argument);
      if (type.base >= Base::kStruct && !interface_.is_enumeration(type.spelling))
        out.argument = fmt::format("{}In<{}>::Argument", kEdge, out.argument);
      if (interface_.structure(type.spelling) != nullptr)
        out.argument = "const " + spell_base(interface_, type) + "&";
    } else if (parameter.has(Kind::kUserCheck)) {
      address(parameter, out);
    } else if (parameter.has(Kind::kString) || parameter.has(Kind::kWideString)) {
      text(parameter, out);
    } else {
      data(parameter, out);
    }
    return out;
  }

  void address(const Declaration& parameter, PlannedParameter& out) const {
    const Type& type = parameter.type;
    std::string target = spell_base(interface_, type);
    if (parameter.has(Kind::kIsPointer)) target = fmt::format("std::remove_pointer_t<{}>", target);
    if (parameter.has(Kind::kIsArray)) target = fmt::format("std::remove_extent_t<{}>", target);
    if (!type.dimensions.empty()) {
      const std::string rest = spell_dimensions(type, 1);
      if (!rest.empty()) target = fmt::format("std::remove_pointer_t<{} (*){}>", target, rest);
    }
    if (type.is_const) target = "const " + target;
    if (type.pointers > 1) target += std::string(type.pointers - 1, '*');
    out.argument = target + "*";
    out.kind = fmt::format("Address<{}>", target);
  }

  static void text(const Declaration& parameter, PlannedParameter& out) {
    const bool wide = parameter.has(Kind::kWideString);
    const char* character = wide ? "wchar_t" : "char";
    if (parameter.has(Kind::kOut)) {
      out.argument = fmt::format("std::span<{}>", character);
      out.kind = fmt::format("TextInOut<{}>", character);
    } else {
      out.argument = wide ? "std::wstring_view" : "std::string_view";
      out.kind = fmt::format("Text<{}>", character);
    }
  }

  void data(const Declaration& parameter, PlannedParameter& out) const {
    const Type& type = parameter.type;
    const bool back = parameter.has(Kind::kOut);
    const std::string way = back ? parameter.has(Kind::kIn) ? "InOut" : "Out" : "In";
    std::string element = spell_element(interface_, parameter) + spell_dimensions(type, 1);
    std::string extent;
    if (!type.dimensions.empty()) {
      extent = spell_dimensions(type, 0);
      extent = ", " + extent.substr(1, extent.find(']') - 1);
    } else if (has_extent(parameter)) {
      if (const auto fixed = fixed_extent(parameter); fixed) extent = fmt::format(", {}", *fixed);
    } else {
      out.argument = fmt::format("{}{}&", back ? "" : "const ", element);
      if (!back && type.base < Base::kStruct) out.argument = element;
      if (!back && (type.base >= Base::kStruct && interface_.structure(type.spelling) == nullptr))
        out.argument = fmt::format("{}In<{}>::Argument", kEdge, element);
      out.kind = fmt::format("{}<{}>", way, element);
      return;
    }
    out.bytes = copied_as_bytes(interface_, parameter);
    out.argument = fmt::format("std::span<{}{}{}>", back ? "" : "const ", element, extent);
    out.kind = fmt::format("{}Span<{}{}>", way, element, extent);
  }

  const Interface& interface_;
  const Function& function_;
  PlannedFunction out_;
};

template <typename Text>
std::string list(const std::vector<PlannedParameter>& parameters, Text text) {
  std::string out;
  for (const PlannedParameter& parameter : parameters) out += (out.empty() ? "" : ", ") + text(parameter);
  return out;
}

}  // namespace

std::string PlannedFunction::parameter_list() const {
  return "(" +
         list(parameters,
              [](const PlannedParameter& parameter) { return parameter.argument + " " + parameter.name; }) +
         ")";
}

std::string PlannedFunction::arguments() const {
  return list(parameters, [](const PlannedParameter& parameter) { return parameter.name; });
}

std::string PlannedFunction::signature() const {
  return result + "(" +
         list(parameters, [](const PlannedParameter& parameter) { return kEdge + parameter.kind; }) + ")";
}

std::vector<PlannedFunction> plan(const Interface& interface, const std::vector<Function>& functions) {
  std::vector<PlannedFunction> out;
  out.reserve(functions.size());
  for (const Function& function : functions) out.push_back(FunctionPlanner(interface, function).run());
  return out;
}

}  // namespace strongroom::edl
