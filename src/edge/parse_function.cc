#include "edge/parse_function.h"

#include <fmt/format.h>

#include "edge/parse_type.h"

namespace strongroom::edl {

namespace {

constexpr size_t kParameterLimit = 64;

// Intel's calling conventions for Windows: accepted, without effect.
bool parse_conventions(TokenCursor& cursor) {
  if (!cursor.accept("[")) return true;
  do {
    const Token& token = cursor.peek();
    if (!token.is("cdecl") && !token.is("stdcall") && !token.is("fastcall") && !token.is("dllimport")) {
      cursor.report(
          token, fmt::format("{} is not an attribute of a function", TokenCursor::describe(token)),
          "attributes belong to the parameters; before an ocall, cdecl, stdcall, fastcall and dllimport "
          "are accepted without effect");
      cursor.skip_to({",", "]", ";"});
      continue;
    }
    cursor.next();
  } while (cursor.accept(","));
  return cursor.expect("]", "the function's attributes", "close them with ']'");
}

bool parse_parameters(TokenCursor& cursor, Function& function) {
  if (!cursor.expect("(", "the function's name", "write type name(parameters);")) return false;
  if (cursor.at("void") && cursor.peek(1).is(")")) cursor.next();
  if (cursor.accept(")")) return true;
  do {
    const Token& start = cursor.peek();
    if (start.is("...")) {
      cursor.report(start, "a variable number of arguments cannot cross the boundary",
                    "format the text before the call and pass it as [in, string]");
      cursor.next();
      continue;
    }
    std::optional<Declaration> parameter = parse_declaration(cursor, "parameter");
    if (!parameter) {
      cursor.skip_to({",", ")", ";"});
      continue;
    }
    if (function.parameters.size() == kParameterLimit)
      cursor.report(start, fmt::format("more than {} parameters", kParameterLimit), "put them into a struct");
    function.parameters.push_back(std::move(*parameter));
    if (!cursor.at(",") && !cursor.at(")")) {
      const bool ends = cursor.at(";") || cursor.at("{") || cursor.at_end();
      cursor.expect(ends ? ")" : ",", fmt::format("the parameter '{}'", function.parameters.back().name.text),
                    "separate parameters by ',' and close with ')'");
      cursor.skip_to({",", ")", ";"});
    }
  } while (cursor.accept(","));
  return cursor.expect(")", "the parameters", "separate parameters by ',' and close with ')'");
}

bool parse_suffixes(TokenCursor& cursor, Function& function) {
  while (!cursor.at(";")) {
    const Token& token = cursor.peek();
    const auto once = [&](bool& flag) {
      if (flag) cursor.report(token, fmt::format("a second '{}'", token.text), "say it once");
      flag = true;
      cursor.next();
    };
    if (token.is("propagate_errno")) {
      once(function.propagate_errno);
    } else if (token.is("transition_using_threads")) {
      once(function.switchless);
    } else if (token.is("allow")) {
      if (function.trusted)
        cursor.report(token, "allow(...) on an ecall",
                      "allow(...) belongs to the ocall that calls back into the enclave");
      cursor.next();
      if (!cursor.expect("(", "'allow'", "write allow(ecall, ecall)")) return false;
      if (!cursor.at(")") && !parse_names(cursor, function.allowed, "ecall")) return false;
      if (!cursor.expect(")", "the allowed ecalls", "close allow(...) with ')'")) return false;
    } else {
      return cursor.expect_end("the function", "end it with ';'");
    }
  }
  cursor.next();
  return true;
}

}  // namespace

bool parse_names(TokenCursor& cursor, std::vector<Name>& names, std::string_view what) {
  do {
    const Token& name = cursor.peek();
    if (name.kind != TokenKind::kIdentifier) {
      cursor.report(name,
                    fmt::format("expected the name of an {}, found {}",
                                what == "function" ? "imported function" : std::string(what),
                                TokenCursor::describe(name)),
                    "write names, separated by ','");
      return false;
    }
    cursor.next();
    names.push_back({std::string(name.text), name.location});
  } while (cursor.accept(","));
  return true;
}

bool parse_function(TokenCursor& cursor, bool trusted, std::vector<Function>& functions) {
  Function function;
  function.trusted = trusted;
  if (!parse_conventions(cursor)) return false;
  const Token& access = cursor.peek();
  if (access.is("public") || access.is("private")) {
    cursor.next();
    function.is_public = access.is("public");
    if (!trusted)
      cursor.report(access, fmt::format("'{}' on an ocall", access.text),
                    "remove it; it says who may call an ecall");
  }
  std::optional<Type> result = parse_type(cursor);
  if (!result) return false;
  function.result = std::move(*result);
  const Token& name = cursor.peek();
  if (name.kind != TokenKind::kIdentifier) {
    cursor.report(name, fmt::format("expected the function's name, found {}", TokenCursor::describe(name)),
                  "write type name(parameters);");
    return false;
  }
  cursor.next();
  function.name = {std::string(name.text), name.location};
  if (!parse_parameters(cursor, function)) return false;
  const bool good = parse_suffixes(cursor, function);
  functions.push_back(std::move(function));
  return good;
}

}  // namespace strongroom::edl
