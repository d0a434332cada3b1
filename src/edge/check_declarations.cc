// Parameters and members: types and attributes that belong together.
#include <fmt/format.h>

#include "edge/check_context.h"

namespace strongroom::edl {

namespace {

using Kind = Attribute::Kind;
using Base = Type::Base;

// How a declaration refers to data, if it does.
struct Shape {
  bool pointer;     // T*
  bool array;       // T name[n]
  bool is_pointer;  // [isptr]
  bool is_array;    // [isary]
  [[nodiscard]] bool reference() const { return pointer || array || is_pointer || is_array; }
};

Shape shape_of(const Declaration& declaration) {
  return {declaration.type.pointers != 0, !declaration.type.dimensions.empty(),
          declaration.has(Kind::kIsPointer), declaration.has(Kind::kIsArray)};
}

class ParameterCheck {
 public:
  ParameterCheck(const CheckContext& context, const Declaration& parameter)
      : context_(context), parameter_(parameter), type_(parameter.type), shape_(shape_of(parameter)) {}

  void run(const Function& function) {
    check_type(context_, type_);
    check_attributes(context_, parameter_);
    if (parameter_.incomplete || has(Kind::kSizeFunction)) return;
    foreign_shape();
    if (!shape_.reference()) return by_value();
    check_extent(context_, parameter_, function.parameters, "parameter");
    if (parameter_.has(Kind::kUserCheck)) return check_user_check(context_, parameter_);
    direction();
    if (type_.pointers > 1 || (shape_.pointer && shape_.array)) {
      context_.report(name(), fmt::format("'{}' points to pointers, whose targets are not copied", text()),
                      "put each pointer into a struct with count= or size=, and pass an array of those");
      return;
    }
    if (has(Kind::kString) || has(Kind::kWideString)) return strings();
    extent();
    structure();
  }

 private:
  [[nodiscard]] const Location& name() const { return parameter_.name.location; }
  [[nodiscard]] const std::string& text() const { return parameter_.name.text; }
  [[nodiscard]] bool has(Kind kind) const { return parameter_.has(kind); }

  void at(Kind kind, std::string message, std::string remedy) const {
    context_.report(parameter_.find(kind)->location, std::move(message), std::move(remedy));
  }

  void foreign_shape() {
    for (const Kind kind : {Kind::kIsPointer, Kind::kIsArray}) {
      const bool foreign =
          type_.base == Base::kNamed && is_foreign(context_.interface, type_) && type_.plain();
      if (has(kind) && !foreign) {
        at(kind,
           fmt::format("'{}' on a type that is no typedef of a header",
                       kind == Kind::kIsPointer ? "isptr" : "isary"),
           "remove it; it is for typedefs that hide a pointer or an array");
      }
    }
    if (has(Kind::kReadOnly) && !shape_.is_pointer)
      at(Kind::kReadOnly, "'readonly' without 'isptr'", "write const before the type in place of it");
  }

  void by_value() {
    if (type_.base == Base::kVoid)
      return context_.report(type_.location, fmt::format("'{}' has type void", text()),
                             "give it a type, or make it a pointer");
    for (const Attribute& attribute : parameter_.attributes) {
      context_.report(
          attribute.location, fmt::format("'{}' is passed by value; no attribute applies to it", text()),
          "remove the attribute, or pass a pointer; a typedef that hides one needs isptr or isary");
      break;
    }
    const Structure* held = structure_of(context_.interface, type_);
    if (held != nullptr && held->deep) {
      context_.report(
          name(), fmt::format("'{}' holds pointers, and is passed by value", text()),
          fmt::format("pass it as [in] {}* {}, so that what it points to is copied", type_.spelling, text()));
    }
  }

  void direction() {
    if (has(Kind::kIn) || has(Kind::kOut)) {
      if (has(Kind::kOut) && type_.is_const)
        at(Kind::kOut, fmt::format("'{}' is const, and cannot be an output", text()),
           "remove 'const' or 'out'");
      return;
    }
    if (has(Kind::kString) || has(Kind::kWideString)) {
      return context_.report(name(), fmt::format("the string '{}' has no direction", text()),
                             "say [in, string], or [in, out, string] for a buffer that is changed in place");
    }
    if (shape_.array || shape_.is_array) {
      return context_.report(
          name(), fmt::format("the array '{}' has no direction", text()),
          "say [in], [out] or [in, out]; without, its bare address would cross the boundary");
    }
    if (has(Kind::kCount) || has(Kind::kSize)) {
      return context_.report(name(), fmt::format("the pointer '{}' has a length and no direction", text()),
                             "add in, out, or both");
    }
    context_.report(name(), fmt::format("the pointer '{}' has no attribute", text()), remedy_for_bare());
  }

  [[nodiscard]] std::string remedy_for_bare() const {
    if (type_.base == Base::kVoid)
      return "say what to copy: [in, size=n], [out, size=n] or [in, out, size=n]";
    if (type_.spelling == "char") return "say what to copy: [in, string], or [in, count=n], [out, count=n]";
    return "say what to copy: [in] or [out] for one object, [in, count=n] or [out, count=n] for several";
  }

  void strings() {
    for (const Kind kind : {Kind::kString, Kind::kWideString}) {
      if (!has(kind)) continue;
      const char* word = kind == Kind::kString ? "string" : "wstring";
      const char* character = kind == Kind::kString ? "char" : "wchar_t";
      if (type_.spelling != character || type_.pointers != 1 || shape_.array) {
        at(kind, fmt::format("'{}' on a type that is not {}*", word, character),
           "use 'string' with char*, 'wstring' with wchar_t*, and count= with others");
      } else if (has(Kind::kOut) && !has(Kind::kIn)) {
        at(kind, fmt::format("'{}' with [out] alone: how long the buffer is, is not known", word),
           "say [in, out, string], or [out, count=n] with the length of the buffer");
      }
    }
  }

  void extent() {
    for (const Kind kind : {Kind::kCount, Kind::kSize}) {
      if (has(kind) && (shape_.array || shape_.is_array))
        at(kind, "a length for an array, which has its own", "remove it, or make the parameter a pointer");
    }
    if (type_.base != Base::kVoid || !shape_.pointer || has(Kind::kSize)) return;
    if (has(Kind::kCount)) {
      at(Kind::kCount, fmt::format("'{}' points to void, whose elements have no size", text()),
         "use size=, in bytes");
    } else if (has(Kind::kIn) || has(Kind::kOut)) {
      context_.report(name(), fmt::format("'{}' points to void, and has no size", text()),
                      "add size=n with the number of bytes");
    }
  }

  void structure() {
    const Structure* held = structure_of(context_.interface, type_);
    if (held == nullptr || !held->deep) return;
    if (!has(Kind::kIn) && has(Kind::kOut)) {
      context_.report(
          name(),
          fmt::format("'{}' holds pointers, and is [out] alone: there is no memory to copy to", text()),
          "say [in, out], and let the caller provide the buffers");
    }
    if (has(Kind::kSize))
      at(Kind::kSize, fmt::format("'{}' holds pointers, and cannot be measured in bytes", text()),
         "use count=");
  }

  const CheckContext& context_;
  const Declaration& parameter_;
  const Type& type_;
  Shape shape_;
};

// A pointer member is copied with count= or size=.
void check_pointer_member(const CheckContext& context, const Declaration& member,
                          const Structure& structure) {
  const Location& name = member.name.location;
  const std::string& text = member.name.text;
  if (structure.is_union) {
    return context.report(name,
                          fmt::format("the pointer '{}' in a union: whether it is in use is not known", text),
                          "use a struct, or pass an offset in place of the pointer");
  }
  if (member.type.pointers > 1 || !member.type.dimensions.empty()) {
    return context.report(name, fmt::format("'{}' points to pointers, whose targets are not copied", text),
                          "put each pointer into a struct of its own with count= or size=");
  }
  const bool has_count = member.has(Kind::kCount);
  const bool has_size = member.has(Kind::kSize);
  if (!has_count && !has_size) {
    return context.report(name, fmt::format("what '{}' points to would not be copied", text),
                          "add [count=n] or [size=n] with a member or a number");
  }
  if (member.type.base == Base::kVoid && !has_size)
    context.report(member.find(Kind::kCount)->location,
                   fmt::format("'{}' points to void, whose elements have no size", text),
                   "use size=, in bytes");
  const Structure* held = structure_of(context.interface, member.type);
  if (held != nullptr && held->deep && has_size)
    context.report(member.find(Kind::kSize)->location,
                   fmt::format("'{}' holds pointers, and cannot be measured in bytes", text), "use count=");
}

}  // namespace

void check_parameter(const CheckContext& context, const Declaration& parameter, const Function& function) {
  ParameterCheck(context, parameter).run(function);
}

void check_member(const CheckContext& context, const Declaration& member, const Structure& structure) {
  check_attributes(context, member);
  if (member.incomplete || member.has(Kind::kSizeFunction)) return;
  for (const Attribute& attribute : member.attributes) {
    const bool fits =
        attribute.kind == Kind::kCount || attribute.kind == Kind::kSize || attribute.kind == Kind::kUserCheck;
    if (fits) continue;
    return context.report(attribute.location, "this attribute does not apply to members",
                          "a pointer member takes count= or size=; the direction stands at the parameter");
  }
  if (member.type.pointers == 0) {
    if (member.type.base == Base::kVoid)
      context.report(member.type.location, fmt::format("'{}' has type void", member.name.text),
                     "give it a type");
    for (const Attribute& attribute : member.attributes)
      context.report(attribute.location,
                     fmt::format("'{}' is no pointer; no attribute applies to it", member.name.text),
                     "remove the attribute");
    return;
  }
  if (member.has(Kind::kUserCheck)) return check_user_check(context, member);
  check_extent(context, member, structure.members, "member");
  check_pointer_member(context, member, structure);
}

}  // namespace strongroom::edl
