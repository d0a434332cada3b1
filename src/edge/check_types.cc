// Enumerations, structures and unions.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "edge/check_context.h"

namespace strongroom::edl {

namespace {

constexpr unsigned kNestingLimit = 32;

// Names that generated code gives to its own things, beside the types.
bool is_generated_name(std::string_view name) {
  static const std::set<std::string_view> kNames{"Enclave", "HostFunctions", "ecall",  "host",
                                                 "serve",   "signature_",    "info_",  "allowed_",
                                                 "rule_",   "kDigest_",      "inside_"};
  return kNames.contains(name);
}

void check_name(const CheckContext& context, const Name& name, const char* what) {
  if (is_generated_name(name.text))
    context.report(name.location, fmt::format("the name '{}' belongs to generated code", name.text),
                   fmt::format("rename the {}", what));
}

void check_enumeration(CheckContext& context, Enumeration& enumeration) {
  check_name(context, enumeration.name, "type");
  if (enumeration.items.empty())
    context.report(enumeration.name.location, "an enum without enumerators", "give it at least one");
  std::optional<__int128> next = 0;
  bool negative = false;
  for (Enumerator& item : enumeration.items) {
    check_name(context, item.name, "enumerator");
    if (item.written) {
      const Evaluation value = evaluate(*item.written, [&context](const Expression& name) -> Evaluation {
        const std::optional<Evaluation> known = context.constant(name);
        if (known) return *known;
        if (context.has_headers()) return {Evaluation::Status::kLater, 0, nullptr, name.location};
        context.report(name.location, fmt::format("the constant '{}' is not declared", name.name),
                       "declare it in an enum before this one, or include the header that defines it");
        return {};
      });
      if (value.problem != nullptr) context.report(value.location, value.problem, "correct the expression");
      next = value.status == Evaluation::Status::kConstant ? std::optional(value.value) : std::nullopt;
    }
    negative = negative || (next && *next < 0);
    if (next && (*next > (negative ? __int128{INT32_MAX} : __int128{UINT32_MAX}) || *next < INT32_MIN)) {
      context.report(
          item.name.location, fmt::format("the value of '{}' does not fit into 32 bits", item.name.text),
          "use values between -2147483648 and 2147483647, or, where none is negative, up to 4294967295");
      next = 0;
    }
    if (next) item.value = static_cast<int64_t>(*next);
    if (!context.interface.enumerator_values.emplace(item.name.text, item.value).second)
      context.report(item.name.location, fmt::format("a second enumerator '{}'", item.name.text),
                     "rename one of the two; enumerators of all enums share one scope");
    if (next) ++*next;
  }
}

// Orders structures, finds recursion, and which are deep.
class StructureOrder {
 public:
  explicit StructureOrder(CheckContext& context) : context_(context) {}

  void run() {
    std::vector<Structure>& structures = context_.interface.structures;
    marks_.assign(structures.size(), Mark::kNew);
    for (size_t i = 0; i < structures.size(); ++i) {
      if (marks_[i] == Mark::kNew) visit(i, 0);
    }
    std::vector<Structure> ordered;
    ordered.reserve(structures.size());
    for (const size_t place : order_) ordered.push_back(std::move(structures[place]));
    structures = std::move(ordered);
    for (size_t i = 0; i < structures.size(); ++i)
      context_.interface.structure_index[structures[i].name.text] = i;
  }

 private:
  enum class Mark { kNew, kOpen, kDone };

  void visit(size_t place, unsigned depth) {
    marks_[place] = Mark::kOpen;
    Structure& structure = context_.interface.structures[place];
    for (const Declaration& member : structure.members) {
      const bool address = member.has(Attribute::Kind::kUserCheck);
      const bool pointer = member.type.pointers != 0;
      if (address) continue;
      if (pointer) structure.deep = true;
      const Structure* held = structure_of(context_.interface, member.type);
      if (held != nullptr) follow(structure, member, *held, depth);
    }
    marks_[place] = Mark::kDone;
    order_.push_back(place);
  }

  void follow(Structure& structure, const Declaration& member, const Structure& held, unsigned depth) {
    const auto place = static_cast<size_t>(&held - context_.interface.structures.data());
    const bool pointer = member.type.pointers != 0;
    if (marks_[place] == Mark::kOpen) {
      return context_.report(
          member.name.location,
          pointer
              ? fmt::format("deep copy of '{}' would follow '{}' to itself", held.name.text, member.name.text)
              : fmt::format("'{}' holds itself", held.name.text),
          pointer ? "pass the elements as an array with count=, linked by index in place of address"
                  : "hold a pointer or an index in its place");
    }
    if (depth == kNestingLimit) {
      return context_.report(member.name.location,
                             fmt::format("structures are nested more than {} deep", kNestingLimit),
                             "flatten them");
    }
    if (marks_[place] == Mark::kNew) visit(place, depth + 1);
    if (held.deep) structure.deep = true;
    if (held.deep && structure.is_union) {
      context_.report(member.name.location,
                      fmt::format("a union cannot hold '{}', whose pointers are copied", held.name.text),
                      "use a struct");
    }
  }

  CheckContext& context_;
  std::vector<Mark> marks_;
  std::vector<size_t> order_;
};

void check_structure(const CheckContext& context, const Structure& structure) {
  check_name(context, structure.name, "type");
  if (structure.members.empty() && !structure.incomplete)
    context.report(structure.name.location, fmt::format("'{}' has no members", structure.name.text),
                   "give it at least one member");
  check_distinct(context, structure.members, "member");
  for (const Declaration& member : structure.members) {
    check_type(context, member.type);
    check_member(context, member, structure);
  }
}

}  // namespace

void check_types(CheckContext& context) {
  for (Enumeration& enumeration : context.interface.enumerations) check_enumeration(context, enumeration);
  StructureOrder(context).run();
  for (const Structure& structure : context.interface.structures) check_structure(context, structure);
}

}  // namespace strongroom::edl
