#include "edge/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "edge/parse_expression.h"
#include "edge/parse_function.h"
#include "edge/parse_type.h"

namespace strongroom::edl {

namespace {

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, Diagnostics& diagnostics) : cursor_(tokens, diagnostics) {}

  File run() {
    if (!cursor_.accept("enclave")) {
      cursor_.report(cursor_.peek(),
                     fmt::format("expected 'enclave', found {}", TokenCursor::describe(cursor_.peek())),
                     "an EDL file is enclave { ... };");
      return std::move(file_);
    }
    if (!cursor_.expect("{", "'enclave'", "an EDL file is enclave { ... };")) return std::move(file_);
    while (!cursor_.at_end() && !cursor_.at("}")) item();
    if (cursor_.expect("}", "the last item", "close enclave { ... }; at the end of the file")) trailing();
    return std::move(file_);
  }

 private:
  void trailing() {
    cursor_.accept(";");
    if (cursor_.at_end()) return;
    cursor_.report(
        cursor_.peek(),
        fmt::format("{} stands after the end of the enclave", TokenCursor::describe(cursor_.peek())),
        "an EDL file ends with the '};' of enclave; check for a '}' too many");
  }

  void item() {
    const size_t start = cursor_.position();
    const Token& token = cursor_.peek();
    bool good = false;
    if (token.is("include")) {
      good = include(Side::kBoth);
    } else if (token.is("import")) {
      good = import_all();
    } else if (token.is("from")) {
      good = from_import();
    } else if (token.is("enum")) {
      good = enumeration();
    } else if (token.is("struct") || token.is("union")) {
      good = structure();
    } else if (token.is("trusted") || token.is("untrusted")) {
      good = block();
    } else if (cursor_.accept(";")) {
      good = true;
    } else {
      unexpected(token);
    }
    if (!good) recover(start);
  }

  void unexpected(const Token& token) {
    cursor_.report(
        token, fmt::format("{} cannot stand here", TokenCursor::describe(token)),
        "enclave { } holds include, import, from, enum, struct, union, trusted { } and untrusted { }");
  }

  // Goes on with the next item: behind ';', or behind a '}' that does not end the enclave.
  void recover(size_t start) {
    cursor_.skip_to({";", "}", "include", "import", "from", "trusted", "untrusted"});
    if (cursor_.at("}") && cursor_.peek(1).is(";") && cursor_.peek(2).kind != TokenKind::kEnd) cursor_.next();
    cursor_.accept(";");
    if (cursor_.position() == start) cursor_.next();
  }

  bool include(Side side) {
    cursor_.next();
    const Token& path = cursor_.peek();
    if (path.kind != TokenKind::kString || path.text.empty()) {
      cursor_.report(
          path, fmt::format("expected the name of a header in quotes, found {}", TokenCursor::describe(path)),
          "write include \"header.h\"");
      return false;
    }
    cursor_.next();
    cursor_.accept(";");
    file_.includes.push_back({{std::string(path.text), path.location}, side});
    return true;
  }

  bool edl_path(Import& import) {
    const Token& path = cursor_.peek();
    if (path.kind != TokenKind::kString || path.text.empty()) {
      cursor_.report(
          path,
          fmt::format("expected the name of an EDL file in quotes, found {}", TokenCursor::describe(path)),
          "write import \"file.edl\", or from \"file.edl\" import name;");
      return false;
    }
    cursor_.next();
    import.path = {std::string(path.text), path.location};
    return true;
  }

  bool import_all() {
    cursor_.next();
    Import import;
    if (!edl_path(import)) return false;
    cursor_.accept(";");
    file_.imports.push_back(std::move(import));
    return true;
  }

  bool from_import() {
    cursor_.next();
    Import import;
    if (!edl_path(import)) {
      cursor_.skip_to({"import", ";"});
      cursor_.accept("import");
      return false;
    }
    if (!cursor_.expect("import", "the file's name",
                        "write from \"file.edl\" import *; or name the functions"))
      return false;
    if (!cursor_.accept("*")) {
      import.everything = false;
      if (!parse_names(cursor_, import.functions, "function")) return false;
    }
    file_.imports.push_back(std::move(import));
    return cursor_.expect_end("the import", "end it with ';'");
  }

  bool enumeration() {
    const Token& keyword = cursor_.next();
    Enumeration enumeration;
    enumeration.name.location = keyword.location;
    if (cursor_.peek().kind == TokenKind::kIdentifier) {
      const Token& name = cursor_.next();
      enumeration.name = {std::string(name.text), name.location};
    }
    if (!cursor_.expect("{", "'enum'", "write enum name { A, B = 2 };")) return false;
    while (!cursor_.at("}") && !cursor_.at_end()) {
      if (!enumerator(enumeration)) cursor_.skip_to({",", "}", ";"});
      if (!cursor_.accept(",")) break;
    }
    if (!cursor_.expect("}", "the enumerators", "separate enumerators by ',' and close with '};'"))
      return false;
    file_.enumerations.push_back(std::move(enumeration));
    cursor_.expect(";", "the enum", "end it with ';'");
    return true;
  }

  bool enumerator(Enumeration& enumeration) {
    const Token& name = cursor_.peek();
    if (name.kind != TokenKind::kIdentifier) {
      cursor_.report(name,
                     fmt::format("expected an enumerator's name, found {}", TokenCursor::describe(name)),
                     "write NAME or NAME = VALUE");
      return false;
    }
    cursor_.next();
    Enumerator item{{std::string(name.text), name.location}, {}, {}};
    bool good = true;
    if (cursor_.accept("=")) {
      item.written = parse_expression(cursor_);
      good = item.written.has_value();
    }
    enumeration.items.push_back(std::move(item));
    return good;
  }

  bool structure() {
    const Token& keyword = cursor_.next();
    const std::string what(keyword.text);
    Structure structure;
    structure.is_union = what == "union";
    const Token& name = cursor_.peek();
    if (name.kind != TokenKind::kIdentifier) {
      cursor_.report(name,
                     fmt::format("expected a name after '{}', found {}", what, TokenCursor::describe(name)),
                     fmt::format("write {} name {{ members }};", what));
      return false;
    }
    structure.name = {std::string(name.text), name.location};
    cursor_.next();
    if (!cursor_.expect("{", fmt::format("'{} {}'", what, name.text),
                        fmt::format("write {} name {{ members }};", what)))
      return false;
    while (!cursor_.at("}") && !cursor_.at_end()) member(structure);
    const bool closed = cursor_.expect("}", "the members", fmt::format("close the {} with '}};'", what));
    file_.structures.push_back(std::move(structure));
    if (closed) cursor_.expect(";", fmt::format("the {}", what), "end it with ';'");
    return closed;
  }

  void member(Structure& structure) {
    const size_t start = cursor_.position();
    std::optional<Declaration> member = parse_declaration(cursor_, "member");
    bool good = member.has_value();
    if (good) {
      structure.members.push_back(std::move(*member));
      if (cursor_.at(",")) {
        cursor_.report(cursor_.peek(), "two members in one declaration",
                       "declare each member by itself: int a; int b;");
        good = false;
      } else if (cursor_.at(":")) {
        cursor_.report(cursor_.peek(), "bit-fields cannot cross the boundary",
                       "use an integer of a fixed width");
        good = false;
      } else {
        good = cursor_.expect_end("the member", "end it with ';'");
      }
    }
    if (good) return;
    structure.incomplete = true;
    cursor_.skip_to({";"});
    cursor_.accept(";");
    if (cursor_.position() == start && !cursor_.at("}")) cursor_.next();
  }

  bool block() {
    const bool trusted = cursor_.next().is("trusted");
    const std::string what = trusted ? "'trusted'" : "'untrusted'";
    if (!cursor_.expect("{", what, "write trusted { functions }; or untrusted { functions };")) return false;
    while (!cursor_.at("}") && !cursor_.at_end()) {
      const size_t start = cursor_.position();
      if (cursor_.accept(";")) continue;
      bool good = false;
      if (cursor_.at("include")) {
        good = include(trusted ? Side::kTrusted : Side::kUntrusted);
      } else {
        good = parse_function(cursor_, trusted, file_.functions);
      }
      if (good) continue;
      cursor_.skip_to({";"});
      cursor_.accept(";");
      if (cursor_.position() == start && !cursor_.at("}")) cursor_.next();
    }
    if (!cursor_.expect("}", "the functions", "close the block with '};'")) return false;
    cursor_.expect(";", "the block", "end it with ';'");
    return true;
  }

  TokenCursor cursor_;
  File file_;
};

}  // namespace

File parse(const std::vector<Token>& tokens, Diagnostics& diagnostics) {
  return Parser(tokens, diagnostics).run();
}

}  // namespace strongroom::edl
