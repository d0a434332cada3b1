// C entry points: NAME_c.h with the types, NAME_host_c.{h,cc} and NAME_enclave_c.{h,cc} with functions as the
// EDL file has them. On the host their names begin with the name of the interface, so that those of two
// enclaves never meet.
#include <fmt/format.h>

#include "edge/c_function.h"
#include "edge/generate_parts.h"
#include "edge/names.h"

namespace strongroom::edl {

namespace {

constexpr char kBegin[] = "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
constexpr char kEnd[] = "\n#ifdef __cplusplus\n}\n#endif\n";
constexpr char kStatus[] =
    "// 0 means success; anything else is 1 + strongroom::ErrorCode, and strongroom_edge_error() says what "
    "happened.\n";

std::string c_types(const Interface& interface) {
  std::string out;
  for (const Enumeration& enumeration : interface.enumerations) {
    const std::string name = cpp_name(enumeration.name.text);
    const bool named = !enumeration.name.text.empty();
    out += named ? fmt::format("typedef enum {} {{", name) : "enum {";
    for (const Enumerator& item : enumeration.items) {
      out += "\n  " + cpp_name(item.name.text);
      if (item.value) out += fmt::format(" = {}", *item.value);
      out += ",";
    }
    out += named ? fmt::format("\n}} {};\n", name) : "\n};\n";
  }
  for (const Structure& structure : interface.structures) {
    const char* tag = structure.is_union ? "union" : "struct";
    out += fmt::format("typedef {0} {1} {1};\n", tag, cpp_name(structure.name.text));
  }
  for (const Structure& structure : interface.structures) {
    out += fmt::format("{} {} {{\n", structure.is_union ? "union" : "struct", cpp_name(structure.name.text));
    for (const Declaration& member : structure.members) {
      out +=
          fmt::format("  {}{}{} {}{};\n", member.type.is_const && member.type.pointers != 0 ? "const " : "",
                      c_base(interface, member.type, false), std::string(member.type.pointers, '*'),
                      cpp_name(member.name.text), spell_dimensions(member.type, 0));
    }
    out += "};\n";
  }
  return out;
}

std::vector<CFunction> c_functions(const PlannedInterface& planned,
                                   const std::vector<PlannedFunction>& functions, const std::string& prefix,
                                   const std::string& first, const std::string& call) {
  std::vector<CFunction> out;
  for (const PlannedFunction& function : functions)
    out.push_back(
        {planned.interface, function, cpp_name(prefix + function.function->name.text), first, call});
  return out;
}

struct CSide {
  std::string name;                    // "host" or "enclave"
  std::vector<CFunction> called;       // by C
  std::vector<CFunction> implemented;  // in C
  std::string opaque;                  // declarations before the functions
};

GeneratedFile c_header(const PlannedInterface& planned, const CSide& side) {
  const Interface& interface = planned.interface;
  std::string text = banner(interface, fmt::format("The {}'s side of the boundary, for C.", side.name));
  text += fmt::format("#pragma once\n\n#include \"{}_c.h\"\n\n", interface.name);
  text += headers_of(interface, side.name == "host" ? Side::kUntrusted : Side::kTrusted);
  text += kBegin + side.opaque;
  if (!side.called.empty()) text += std::string("// To be called.\n") + kStatus;
  for (const CFunction& function : side.called) text += c_status_prototype(function, false) + ";\n";
  if (!side.implemented.empty()) text += "// To be implemented.\n";
  for (const CFunction& function : side.implemented) text += c_prototype(function, false) + ";\n";
  return {fmt::format("{}_{}_c.h", interface.name, side.name), text + kEnd};
}

GeneratedFile c_enclave_source(const PlannedInterface& planned, const CSide& side) {
  const Interface& interface = planned.interface;
  std::string text = banner(interface, "The enclave's side of the boundary, for C.");
  text += fmt::format(
      "#include \"{0}_enclave_c.h\"\n#include \"{0}_enclave.h\"\n#include "
      "\"strongroom/edge/c_entry.h\"\n\nnamespace {0} {{\n",
      interface.name);
  for (const CFunction& function : side.called) text += c_wrapper(function);
  for (const CFunction& function : side.implemented) {
    const PlannedFunction& target = function.planned;
    text += c_adapter(function,
                      fmt::format("{} ecall::{}{}", target.result, target.name, target.parameter_list()));
  }
  return {interface.name + "_enclave_c.cc", text + fmt::format("\n}}  // namespace {}\n", interface.name)};
}

GeneratedFile c_host_source(const PlannedInterface& planned, const CSide& side) {
  const Interface& interface = planned.interface;
  std::string text = banner(interface, "The host's side of the boundary, for C.");
  text += fmt::format(
      "#include \"{0}_host_c.h\"\n#include \"{0}_host.h\"\n#include "
      "\"strongroom/edge/c_entry.h\"\n\nnamespace {0} {{\n",
      interface.name);
  for (const CFunction& function : side.called) text += c_wrapper(function);
  if (!side.implemented.empty()) {
    text +=
        "\nnamespace {\n\n// The host's functions, each of which calls that of C.\nclass CFunctions final : "
        "public "
        "HostFunctions {\n public:";
    for (const CFunction& function : side.implemented) {
      const PlannedFunction& target = function.planned;
      text += c_adapter(function,
                        fmt::format("{} {}{} override", target.result, target.name, target.parameter_list()));
    }
    text += fmt::format(
        "}};\n\n}}  // namespace\n\n"
        "extern \"C\" void* {0}_host_functions(void) {{\n  static CFunctions functions;\n"
        "  return static_cast<HostFunctions*>(&functions);\n}}\n",
        interface.name);
  }
  return {interface.name + "_host_c.cc", text + fmt::format("\n}}  // namespace {}\n", interface.name)};
}

std::string host_declarations(const PlannedInterface& planned) {
  const std::string& name = planned.interface.name;
  std::string out;
  if (!planned.ecalls.empty())
    out += fmt::format("// A {0}::Enclave of C++, cast.\ntypedef struct {0}_enclave {0}_enclave;\n\n", name);
  if (!planned.ocalls.empty())
    out += fmt::format(
        "// The {0}::HostFunctions that call the functions to be implemented below.\n"
        "void* {0}_host_functions(void);\n\n",
        name);
  return out;
}

}  // namespace

std::vector<GeneratedFile> generate_c(const PlannedInterface& planned, const GenerateOptions& options) {
  const Interface& interface = planned.interface;
  const std::string& name = interface.name;
  std::string types = banner(interface, "Types that both sides of the boundary share, for C.");
  types +=
      "#pragma once\n\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include "
      "<sys/types.h>\n#include <wchar.h>\n\n";
  types += headers_of(interface, Side::kBoth) + kBegin;
  types +=
      "// What the last call that failed on this thread reported.\nconst char* "
      "strongroom_edge_error(void);\n\n";
  std::vector<GeneratedFile> files{{name + "_c.h", types + c_types(interface) + kEnd}};
  if (options.untrusted) {
    const std::string enclave = fmt::format("{}_enclave* enclave", name);
    const CSide side{"host",
                     c_functions(planned, planned.ecalls, name + "_", enclave, "((Enclave*)enclave)->"),
                     c_functions(planned, planned.ocalls, name + "_", "", ""), host_declarations(planned)};
    files.push_back(c_header(planned, side));
    files.push_back(c_host_source(planned, side));
  }
  if (options.trusted) {
    const CSide side{"enclave", c_functions(planned, planned.ocalls, "", "", "host::"),
                     c_functions(planned, planned.ecalls, "", "", ""), ""};
    files.push_back(c_header(planned, side));
    files.push_back(c_enclave_source(planned, side));
  }
  return files;
}

}  // namespace strongroom::edl
