// An EDL file as it is written, and, once names are resolved, the interface that it states.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "edge/source.h"

namespace strongroom::edl {

struct Name {
  std::string text;
  Location location;
};

// A constant, a name, or an operation on others.
struct Expression {
  enum class Kind { kNumber, kName, kNegate, kAdd, kSubtract, kMultiply, kDivide, kModulo, kShift };
  Kind kind = Kind::kNumber;
  uint64_t number = 0;
  std::string name;
  std::vector<Expression> operands;
  Location location;
};

struct Type {
  enum class Base { kVoid, kBool, kSigned, kUnsigned, kFloating, kStruct, kUnion, kEnum, kNamed };
  Base base = Base::kVoid;
  std::string spelling;  // of a builtin type as C++ writes it; of any other, its name
  bool tagged = false;   // written with struct, union or enum
  bool is_const = false;
  unsigned pointers = 0;
  std::vector<Expression> dimensions;
  Location location;

  [[nodiscard]] bool plain() const { return pointers == 0 && dimensions.empty(); }
};

struct Attribute {
  enum class Kind {
    kIn,
    kOut,
    kString,
    kWideString,
    kIsPointer,
    kIsArray,
    kUserCheck,
    kReadOnly,
    kCount,
    kSize,
    kSizeFunction,
  };
  Kind kind;
  std::optional<Expression> value;  // of kCount and kSize
  Location location;
};

// A parameter or a member.
struct Declaration {
  std::vector<Attribute> attributes;
  bool incomplete = false;  // an attribute was not understood
  Type type;
  Name name;

  [[nodiscard]] const Attribute* find(Attribute::Kind kind) const;
  [[nodiscard]] bool has(Attribute::Kind kind) const { return find(kind) != nullptr; }
};

struct Function {
  Type result;
  Name name;
  std::vector<Declaration> parameters;
  std::vector<Name> allowed;
  bool trusted = false;
  bool is_public = false;
  bool propagate_errno = false;
  bool switchless = false;
};

struct Structure {
  bool is_union = false;
  Name name;
  std::vector<Declaration> members;
  bool incomplete = false;  // a member was not understood
  bool deep = false;  // once checked: it, or what it holds, has pointers that are copied with their targets
};

struct Enumerator {
  Name name;
  std::optional<Expression> written;
  std::optional<int64_t> value;  // once evaluated; none where a header decides it
};

struct Enumeration {
  Name name;  // empty where the enumeration has none
  std::vector<Enumerator> items;
};

// One import: all functions, or the named ones.
struct Import {
  Name path;
  bool everything = true;
  std::vector<Name> functions;
};

enum class Side { kBoth, kTrusted, kUntrusted };

struct Include {
  Name path;
  Side side = Side::kBoth;
};

struct File {
  std::vector<Include> includes;
  std::vector<Import> imports;
  std::vector<Enumeration> enumerations;
  std::vector<Structure> structures;
  std::vector<Function> functions;
};

// A file with all that it imports, in the order in which C++ must see it.
struct Interface {
  std::string name;  // the file's name as a C++ namespace
  std::string file_name;
  std::vector<Include> includes;
  std::vector<Enumeration> enumerations;
  std::vector<Structure> structures;
  std::vector<Function> ecalls;
  std::vector<Function> ocalls;

  // Places in the lists above, by name.
  std::map<std::string, size_t, std::less<>> structure_index;
  std::map<std::string, size_t, std::less<>> enumeration_index;
  std::map<std::string, std::optional<int64_t>, std::less<>> enumerator_values;

  [[nodiscard]] const Structure* structure(std::string_view name) const;
  [[nodiscard]] bool is_enumeration(std::string_view name) const { return enumeration_index.contains(name); }
};

}  // namespace strongroom::edl
