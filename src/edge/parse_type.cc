#include "edge/parse_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "edge/parse_expression.h"

namespace strongroom::edl {

namespace {

using Base = Type::Base;

// Types of one word.
const std::map<std::string_view, Base>& simple_types() {
  static const std::map<std::string_view, Base> kTypes{
      {"void", Base::kVoid},         {"bool", Base::kBool},          {"_Bool", Base::kBool},
      {"float", Base::kFloating},    {"wchar_t", Base::kSigned},     {"size_t", Base::kUnsigned},
      {"ssize_t", Base::kSigned},    {"int8_t", Base::kSigned},      {"int16_t", Base::kSigned},
      {"int32_t", Base::kSigned},    {"int64_t", Base::kSigned},     {"uint8_t", Base::kUnsigned},
      {"uint16_t", Base::kUnsigned}, {"uint32_t", Base::kUnsigned},  {"uint64_t", Base::kUnsigned},
      {"intptr_t", Base::kSigned},   {"uintptr_t", Base::kUnsigned}, {"ptrdiff_t", Base::kSigned},
      {"intmax_t", Base::kSigned},   {"uintmax_t", Base::kUnsigned}, {"off_t", Base::kSigned},
  };
  return kTypes;
}

// Words that C combines freely: "unsigned long long int", "long unsigned", "long double".
constexpr std::array<std::string_view, 7> kWords{"char",   "short",    "int",   "long",
                                                 "signed", "unsigned", "double"};

struct WordCounts {
  std::array<unsigned, kWords.size()> counts{};
  unsigned& operator[](std::string_view word) {
    return counts[static_cast<size_t>(std::find(kWords.begin(), kWords.end(), word) - kWords.begin())];
  }
};

bool is_word(const Token& token) {
  return token.kind == TokenKind::kIdentifier &&
         std::find(kWords.begin(), kWords.end(), token.text) != kWords.end();
}

// The canonical spelling of a combination; nothing where C has no such type.
std::optional<std::string> combine_words(WordCounts& words) {
  const bool is_signed = words["signed"] != 0;
  const bool is_unsigned = words["unsigned"] != 0;
  const unsigned longs = words["long"];
  for (const std::string_view word : kWords) {
    if (words[word] > (word == "long" ? 2U : 1U)) return {};
  }
  if (is_signed && is_unsigned) return {};
  if (words["double"] != 0) {
    if (is_signed || is_unsigned || longs > 1 || words["char"] + words["short"] + words["int"] != 0)
      return {};
    return longs == 1 ? "long double" : "double";
  }
  if (words["char"] + words["short"] + (longs != 0 ? 1U : 0U) > 1) return {};
  // "char int" stands in the grammar of Open Enclave; it is char.
  const std::string prefix = is_unsigned ? "unsigned " : "";
  if (words["char"] != 0) return is_signed ? "signed char" : prefix + "char";
  if (words["short"] != 0) return prefix + "short";
  if (longs == 1) return prefix + "long";
  if (longs == 2) return prefix + "long long";
  return prefix + "int";
}

bool parse_words(TokenCursor& cursor, Type& type) {
  const Token& first = cursor.peek();
  WordCounts words;
  Location last = first.location;
  while (is_word(cursor.peek())) {
    last = cursor.peek().location;
    ++words[cursor.next().text];
  }
  type.location = first.location;
  if (last.line == first.location.line)
    type.location.length = last.column + last.length - first.location.column;
  const std::optional<std::string> spelling = combine_words(words);
  if (!spelling) {
    cursor.diagnostics().report(
        type.location, "these words do not make a type",
        "write one of C's types, for instance 'unsigned long long int' or 'long double'");
    type.spelling = "int";
    type.base = Base::kSigned;
    return true;  // the type is clear enough to go on
  }
  type.spelling = *spelling;
  type.base = words["double"] != 0     ? Base::kFloating
              : words["unsigned"] != 0 ? Base::kUnsigned
                                       : Base::kSigned;
  return true;
}

bool parse_base(TokenCursor& cursor, Type& type) {
  const Token& token = cursor.peek();
  type.location = token.location;
  if (is_word(token)) return parse_words(cursor, type);
  if (token.kind != TokenKind::kIdentifier) {
    cursor.report(token, fmt::format("expected a type, found {}", TokenCursor::describe(token)),
                  "write a type, for instance uint32_t");
    return false;
  }
  cursor.next();
  const auto simple = simple_types().find(token.text);
  if (simple != simple_types().end()) {
    type.base = simple->second;
    type.spelling = token.text == "_Bool" ? "bool" : token.text;
    return true;
  }
  type.base = Base::kNamed;
  type.spelling = token.text;
  if (token.is("struct") || token.is("union") || token.is("enum")) {
    type.base = token.is("struct") ? Base::kStruct : token.is("union") ? Base::kUnion : Base::kEnum;
    type.tagged = true;
    const Token& name = cursor.peek();
    if (name.kind != TokenKind::kIdentifier) {
      cursor.report(
          name, fmt::format("expected a name after '{}', found {}", token.text, TokenCursor::describe(name)),
          fmt::format("name the {}; define it by itself, outside of functions and structures", token.text));
      return false;
    }
    type.spelling = cursor.next().text;
    type.location = name.location;
  }
  return true;
}

std::optional<Attribute> parse_attribute(TokenCursor& cursor) {
  using Kind = Attribute::Kind;
  static const std::map<std::string_view, Kind> kKinds{
      {"in", Kind::kIn},
      {"out", Kind::kOut},
      {"string", Kind::kString},
      {"wstring", Kind::kWideString},
      {"isptr", Kind::kIsPointer},
      {"isary", Kind::kIsArray},
      {"user_check", Kind::kUserCheck},
      {"readonly", Kind::kReadOnly},
      {"count", Kind::kCount},
      {"size", Kind::kSize},
      {"sizefunc", Kind::kSizeFunction},
  };
  const Token& token = cursor.peek();
  const auto known = token.kind == TokenKind::kIdentifier ? kKinds.find(token.text) : kKinds.end();
  if (known == kKinds.end()) {
    cursor.report(
        token, fmt::format("{} is not an attribute", TokenCursor::describe(token)),
        "the attributes are in, out, count=, size=, string, wstring, isptr, isary, readonly and user_check");
    return {};
  }
  cursor.next();
  Attribute attribute{known->second, {}, token.location};
  const bool needs_value = attribute.kind == Kind::kCount || attribute.kind == Kind::kSize ||
                           attribute.kind == Kind::kSizeFunction;
  if (!needs_value) return attribute;
  if (!cursor.expect("=", fmt::format("'{}'", token.text), fmt::format("write {}=VALUE", token.text)))
    return {};
  attribute.value = parse_expression(cursor);
  if (!attribute.value) return {};
  return attribute;
}

bool parse_attributes(TokenCursor& cursor, Declaration& declaration) {
  if (!cursor.accept("[")) return true;
  do {
    std::optional<Attribute> attribute = parse_attribute(cursor);
    if (attribute) {
      declaration.attributes.push_back(std::move(*attribute));
    } else {
      declaration.incomplete = true;
      cursor.skip_to({",", "]", ";"});
    }
  } while (cursor.accept(","));
  return cursor.expect("]", "the attributes", "close the attributes with ']'");
}

bool parse_dimensions(TokenCursor& cursor, Type& type) {
  while (cursor.at("[")) {
    const Token& open = cursor.next();
    if (cursor.at("]")) {
      cursor.report(open, "an array without length",
                    "state its length, or use a pointer with count=: [in, count=n] T* name");
      cursor.next();
      type.dimensions.push_back({Expression::Kind::kNumber, 1, {}, {}, open.location});
      continue;
    }
    std::optional<Expression> dimension = parse_expression(cursor);
    if (!dimension || !cursor.expect("]", "the length of an array", "close the length with ']'"))
      return false;
    if (type.dimensions.size() == 8) {
      cursor.report(open, "an array of more than 8 dimensions", "use fewer dimensions");
    } else {
      type.dimensions.push_back(std::move(*dimension));
    }
  }
  return true;
}

}  // namespace

std::optional<Type> parse_type(TokenCursor& cursor) {
  Type type;
  while (cursor.accept("const")) type.is_const = true;
  if (!parse_base(cursor, type)) return {};
  while (cursor.accept("const")) type.is_const = true;
  while (cursor.at("*")) {
    const Token& star = cursor.next();
    if (++type.pointers > 4) {
      cursor.report(star, "more than 4 levels of pointers", "pass the data that it points to");
      type.pointers = 4;
    }
    while (cursor.accept("const")) {
    }
  }
  return type;
}

std::optional<Declaration> parse_declaration(TokenCursor& cursor, std::string_view what) {
  Declaration declaration;
  if (!parse_attributes(cursor, declaration)) return {};
  std::optional<Type> type = parse_type(cursor);
  if (!type) return {};
  const Token& name = cursor.peek();
  if (name.is("(")) {
    cursor.report(
        name, "pointers to functions and arrays cannot cross the boundary",
        "let an ocall or ecall take the place of the function; use count= in place of a pointer to an array");
    return {};
  }
  if (name.is("&")) {
    cursor.report(name, "EDL has no references", "use a pointer with [in], [out] or [in, out]");
    return {};
  }
  if (name.kind != TokenKind::kIdentifier) {
    cursor.report(name, fmt::format("expected the {}'s name, found {}", what, TokenCursor::describe(name)),
                  fmt::format("give every {} a name", what));
    return {};
  }
  cursor.next();
  declaration.type = std::move(*type);
  declaration.name = {std::string(name.text), name.location};
  if (!parse_dimensions(cursor, declaration.type)) return {};
  return declaration;
}

}  // namespace strongroom::edl
