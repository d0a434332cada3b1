#include "edge/names.h"

#include <set>

namespace strongroom::edl {

bool is_reserved(std::string_view name) {
  static const std::set<std::string_view> kReserved{
      "alignas",     "alignof",   "and",        "and_eq",    "asm",       "auto",         "bitand",
      "bitor",       "bool",      "break",      "case",      "catch",     "char",         "char8_t",
      "char16_t",    "char32_t",  "class",      "compl",     "concept",   "const",        "consteval",
      "constexpr",   "constinit", "const_cast", "continue",  "co_await",  "co_return",    "co_yield",
      "decltype",    "default",   "delete",     "do",        "double",    "dynamic_cast", "else",
      "enum",        "explicit",  "export",     "extern",    "false",     "float",        "for",
      "friend",      "goto",      "if",         "inline",    "int",       "long",         "mutable",
      "namespace",   "new",       "noexcept",   "not",       "not_eq",    "nullptr",      "operator",
      "or",          "or_eq",     "private",    "protected", "public",    "register",     "reinterpret_cast",
      "requires",    "return",    "short",      "signed",    "sizeof",    "static",       "static_assert",
      "static_cast", "struct",    "switch",     "template",  "this",      "thread_local", "throw",
      "true",        "try",       "typedef",    "typeid",    "typename",  "union",        "unsigned",
      "using",       "virtual",   "void",       "volatile",  "wchar_t",   "while",        "xor",
      "xor_eq",      "errno",     "NULL",       "EOF",       "assert",    "stdin",        "stdout",
      "stderr",      "linux",     "unix",       "std",       "strongroom"};
  return kReserved.contains(name);
}

std::string cpp_name(std::string_view name) {
  return std::string(name) + (is_reserved(name) ? "_" : "");
}

}  // namespace strongroom::edl
