// NAME_enclave.h and NAME_enclave.cc: the enclave's side.
#include <fmt/format.h>

#include "edge/generate_parts.h"

namespace strongroom::edl {

namespace {

std::string serve_declaration() {
  return fmt::format("void serve({0}ServerCall& call)", kEdge);
}

std::string ecall_declarations(const PlannedInterface& planned) {
  if (planned.ecalls.empty()) return "";
  std::string out =
      "// The functions of the enclave: implement them. Arguments are private copies, checked, and last as "
      "long as the\n"
      "// call; an exception that leaves a function becomes the error of the host's call.\n"
      "namespace ecall {\n";
  for (const PlannedFunction& function : planned.ecalls)
    out += fmt::format("{} {}{};\n", function.result, function.name, function.parameter_list());
  return out + fmt::format(
                   "}}  // namespace ecall\n\n"
                   "// For the run-time: serves one call of the host (see strongroom::edge::serve_ecall).\n"
                   "{};\n\n",
                   serve_declaration());
}

std::string host_declarations(const PlannedInterface& planned) {
  if (planned.ocalls.empty()) return "";
  std::string out =
      "// Calls to the host, from a thread that is in an ecall. Do not trust what they return.\nnamespace "
      "host {\n";
  for (const PlannedFunction& function : planned.ocalls)
    out += fmt::format("strongroom::Result<{}> {}{};\n", function.result, function.name,
                       function.parameter_list());
  return out + "}  // namespace host\n\n";
}

}  // namespace

GeneratedFile generate_enclave_header(const PlannedInterface& planned) {
  const Interface& interface = planned.interface;
  std::string text = banner(interface, "The enclave's side of the boundary.");
  text += fmt::format("#pragma once\n\n#include \"{}_types.h\"\n\n", interface.name);
  text += headers_of(interface, Side::kTrusted);
  text += fmt::format("namespace {0} {{\n\n{1}{2}}}  // namespace {0}\n", interface.name,
                      ecall_declarations(planned), host_declarations(planned));
  return {interface.name + "_enclave.h", std::move(text)};
}

GeneratedFile generate_enclave_source(const PlannedInterface& planned) {
  const Interface& interface = planned.interface;
  std::string text = banner(interface, "The enclave's side of the boundary.");
  text += fmt::format("#include \"{0}_enclave.h\"\n\nnamespace {0} {{\n\n", interface.name);
  text += fmt::format(
      "namespace {{\nthread_local {}Inside inside_;  // where this thread stands in the chain of calls\n"
      "}}  // namespace\n",
      kEdge);
  if (!planned.ecalls.empty()) {
    text += fmt::format(
        "\n{1} {{\n"
        "  static constexpr {0}Entry kEntries[] = {{\n{2}  }};\n"
        "  static constexpr {0}Interface kInterface{{\"{3}\", kDigest_, kEntries}};\n"
        "  {0}serve_ecall(call, kInterface, inside_);\n}}\n",
        kEdge, serve_declaration(), entries(planned, planned.ecalls, "ecall"), interface.name);
  }
  if (!planned.ocalls.empty()) {
    text += "\nnamespace host {\n";
    for (const PlannedFunction& function : planned.ocalls) {
      const std::string arguments = function.arguments();
      text += fmt::format(
          "\nstrongroom::Result<{0}> {1}{2} {{\n"
          "  return signature_::{1}::call_out(::{5}::inside_, info_::{1}{3}{4});\n}}\n",
          function.result, function.name, function.parameter_list(), arguments.empty() ? "" : ", ", arguments,
          interface.name);
    }
    text += "\n}  // namespace host\n";
  }
  text += fmt::format("\n}}  // namespace {}\n", interface.name);
  return {interface.name + "_enclave.cc", std::move(text)};
}

}  // namespace strongroom::edl
