// Attributes by themselves: what contradicts what, and what counts and sizes may say.
#include <fmt/format.h>

#include <algorithm>

#include "edge/check_context.h"

namespace strongroom::edl {

namespace {

using Kind = Attribute::Kind;
using Base = Type::Base;

const char* text_of(Kind kind) {
  switch (kind) {
    case Kind::kIn:
      return "in";
    case Kind::kOut:
      return "out";
    case Kind::kString:
      return "string";
    case Kind::kWideString:
      return "wstring";
    case Kind::kIsPointer:
      return "isptr";
    case Kind::kIsArray:
      return "isary";
    case Kind::kUserCheck:
      return "user_check";
    case Kind::kReadOnly:
      return "readonly";
    case Kind::kCount:
      return "count";
    case Kind::kSize:
      return "size";
    case Kind::kSizeFunction:
      return "sizefunc";
  }
  return "";
}

// A name in count= or size=: an enumerator, or an unsigned integer beside the pointer.
class ExtentNames {
 public:
  ExtentNames(const CheckContext& context, const Declaration& owner, const std::vector<Declaration>& others,
              const char* what)
      : context_(context), owner_(owner), others_(others), what_(what) {}

  Evaluation operator()(const Expression& name) const {
    const auto other = std::find_if(others_.begin(), others_.end(), [&name](const Declaration& declaration) {
      return declaration.name.text == name.name;
    });
    if (other != others_.end()) return integer(name, *other);
    const std::optional<Evaluation> constant = context_.constant(name);
    if (constant && constant->status == Evaluation::Status::kConstant) return *constant;
    context_.report(
        name.location, fmt::format("there is no {} or enumerator '{}'", what_, name.name),
        fmt::format("name an unsigned {} beside '{}', or write a number", what_, owner_.name.text));
    return {};
  }

 private:
  [[nodiscard]] Evaluation integer(const Expression& name, const Declaration& other) const {
    const Type& type = other.type;
    if (!type.plain() || type.base == Base::kBool || type.base == Base::kFloating ||
        type.base == Base::kVoid || structure_of(context_.interface, type) != nullptr ||
        context_.interface.is_enumeration(type.spelling) || (type.tagged && type.base >= Base::kStruct)) {
      context_.report(name.location, fmt::format("'{}' is not an integer", name.name),
                      "a count or size is an unsigned integer, for instance size_t");
      return {};
    }
    if (type.base == Base::kSigned) {
      context_.report(
          name.location, fmt::format("'{}' is signed; a negative size would become a huge one", name.name),
          fmt::format("make it unsigned, for instance: {} {}", unsigned_form(type.spelling), name.name));
      return {};
    }
    return {Evaluation::Status::kLater, 0, nullptr, name.location};
  }

  static std::string unsigned_form(const std::string& spelling) {
    if (spelling == "ssize_t" || spelling == "off_t" || spelling == "ptrdiff_t") return "size_t";
    if (spelling.starts_with("int") && spelling.ends_with("_t")) return "u" + spelling;
    if (spelling == "wchar_t") return "uint32_t";
    if (spelling == "signed char") return "unsigned char";
    return "unsigned " + spelling;
  }

  const CheckContext& context_;
  const Declaration& owner_;
  const std::vector<Declaration>& others_;
  const char* what_;
};

}  // namespace

void check_extent(const CheckContext& context, const Declaration& declaration,
                  const std::vector<Declaration>& others, const char* what) {
  for (const Attribute& attribute : declaration.attributes) {
    if (!attribute.value || attribute.kind == Kind::kSizeFunction) continue;
    const Evaluation value = evaluate(*attribute.value, ExtentNames(context, declaration, others, what));
    if (value.problem != nullptr) context.report(value.location, value.problem, "correct the expression");
    if (value.status != Evaluation::Status::kConstant) continue;
    if (value.value <= 0) {
      context.report(attribute.value->location, fmt::format("{}= is zero or less", text_of(attribute.kind)),
                     "state at least 1, or remove the parameter");
    } else if (value.value > (__int128{1} << 40)) {
      context.report(attribute.value->location,
                     fmt::format("{}= is more than 1 TiB", text_of(attribute.kind)), "state a smaller one");
    }
  }
}

void check_attributes(const CheckContext& context, const Declaration& declaration) {
  const auto& list = declaration.attributes;
  for (size_t i = 0; i < list.size(); ++i) {
    const bool earlier = std::any_of(list.begin(), list.begin() + static_cast<ptrdiff_t>(i),
                                     [&](const Attribute& other) { return other.kind == list[i].kind; });
    if (earlier)
      context.report(list[i].location, fmt::format("a second '{}'", text_of(list[i].kind)), "say it once");
  }
  const auto conflict = [&](Kind one, Kind other, const char* remedy) {
    if (!declaration.has(one) || !declaration.has(other)) return;
    context.report(declaration.find(other)->location,
                   fmt::format("'{}' and '{}' contradict each other", text_of(one), text_of(other)), remedy);
  };
  if (const Attribute* function = declaration.find(Kind::kSizeFunction); function != nullptr) {
    context.report(function->location,
                   "sizefunc is not supported: it computes a size from data that may still change",
                   "pass the size as a parameter of its own: [in, size=length] ..., size_t length");
  }
  for (const Kind text : {Kind::kString, Kind::kWideString}) {
    conflict(text, Kind::kCount, "remove 'count'; a string ends with its NUL");
    conflict(text, Kind::kSize, "remove 'size'; a string ends with its NUL");
  }
  conflict(Kind::kString, Kind::kWideString, "say 'string' for char* and 'wstring' for wchar_t*");
  conflict(Kind::kIsPointer, Kind::kIsArray,
           "say 'isptr' where the type is a pointer, 'isary' where it is an array");
  conflict(Kind::kReadOnly, Kind::kOut, "remove 'out'; what is read only cannot come back");
  for (const Kind other :
       {Kind::kIn, Kind::kOut, Kind::kString, Kind::kWideString, Kind::kCount, Kind::kSize})
    conflict(Kind::kUserCheck, other, "remove 'user_check', so that the data is copied and checked");
}

void check_user_check(const CheckContext& context, const Declaration& declaration) {
  const Attribute* attribute = declaration.find(Kind::kUserCheck);
  if (attribute == nullptr || context.allow_user_check) return;
  context.report(attribute->location,
                 fmt::format("user_check passes the address of '{}' unchecked", declaration.name.text),
                 "copy the data with in, out, count= or size=; if the address alone is meant, pass "
                 "--allow-user-check");
}

}  // namespace strongroom::edl
