// NAME_host.h and NAME_host.cc: the host's side.
#include <fmt/format.h>

#include "edge/generate_parts.h"

namespace strongroom::edl {

namespace {

std::string serve_declaration() {
  return fmt::format("void serve(HostFunctions& functions, {0}ServerCall& call)", kEdge);
}

std::string host_functions(const PlannedInterface& planned) {
  if (planned.ocalls.empty()) return "";
  std::string out =
      "// What the enclave may ask of the host. Implement it; an exception that leaves a function becomes "
      "the error of\n"
      "// the enclave's call. Called from every thread that is in the enclave.\n"
      "class HostFunctions {\n public:\n  virtual ~HostFunctions() = default;\n";
  for (const PlannedFunction& function : planned.ocalls)
    out += fmt::format("  virtual {} {}{} = 0;\n", function.result, function.name, function.parameter_list());
  return out +
         "};\n\n// For the run-time: serves one call of the enclave (see strongroom::edge::serve_ocall).\n" +
         serve_declaration() + ";\n\n";
}

std::string launch_function(const PlannedInterface& planned) {
  if (planned.ocalls.empty())
    return fmt::format(
        "  // Starts the enclave and gives it to the object.\n"
        "  static strongroom::Result<Enclave> launch(const strongroom::host::Image& image,\n"
        "                                            strongroom::host::LaunchOptions options = {{}}) {{\n"
        "    return {}launch<Enclave>(image, std::move(options));\n  }}\n",
        kEdge);
  return fmt::format(
      "  // Starts the enclave and gives it to the object. Its ocalls go to `functions`, which must outlive "
      "it.\n"
      "  static strongroom::Result<Enclave> launch(const strongroom::host::Image& image, HostFunctions& "
      "functions,\n"
      "                                            strongroom::host::LaunchOptions options = {{}}) {{\n"
      "    options.ocalls = [&functions]({0}ServerCall& call) {{ ::{1}::serve(functions, call); }};\n"
      "    return {0}launch<Enclave>(image, std::move(options));\n  }}\n",
      kEdge, planned.interface.name);
}

std::string enclave_class(const PlannedInterface& planned) {
  if (planned.ecalls.empty()) return "";
  std::string out = fmt::format(
      "// The functions of the enclave. Where a call fails, its [out] parameters are zeroed. Used by many "
      "threads at\n"
      "// once; copies share the enclave, which is killed with the last of them.\n"
      "class Enclave {{\n public:\n"
      "{1}"
      "  // Over another way in, which must outlive the object.\n"
      "  explicit Enclave({0}CallTransport& transport) : transport_(&transport) {{}}\n"
      "  explicit Enclave(std::shared_ptr<strongroom::host::Enclave> running)\n"
      "      : running_(std::move(running)), transport_(&running_->calls()) {{}}\n"
      "  // What can be done with the enclave as a whole: wait, stop, kill. Only after launch().\n"
      "  strongroom::host::Enclave* operator->() const {{ return running_.get(); }}\n\n",
      kEdge, launch_function(planned));
  std::string hidden;
  for (const PlannedFunction& function : planned.ecalls) {
    std::string& to = function.function->is_public ? out : hidden;
    to += fmt::format("  strongroom::Result<{}> {}{};\n", function.result, function.name,
                      function.parameter_list());
  }
  if (!hidden.empty()) out += "\n  // Private: only for ocalls that allow them, while they run.\n" + hidden;
  return out + fmt::format(
                   "\n private:\n  std::shared_ptr<strongroom::host::Enclave> running_;\n"
                   "  {}CallTransport* transport_;\n}};\n\n",
                   kEdge);
}

}  // namespace

GeneratedFile generate_host_header(const PlannedInterface& planned) {
  const Interface& interface = planned.interface;
  std::string text = banner(interface, "The host's side of the boundary.");
  text += fmt::format("#pragma once\n\n#include <strongroom/edge/launch.h>\n\n#include \"{}_types.h\"\n\n",
                      interface.name);
  text += headers_of(interface, Side::kUntrusted);
  text += fmt::format("namespace {0} {{\n\n{1}{2}}}  // namespace {0}\n", interface.name,
                      host_functions(planned), enclave_class(planned));
  return {interface.name + "_host.h", std::move(text)};
}

GeneratedFile generate_host_source(const PlannedInterface& planned) {
  const Interface& interface = planned.interface;
  std::string text = banner(interface, "The host's side of the boundary.");
  text += fmt::format("#include \"{0}_host.h\"\n\nnamespace {0} {{\n", interface.name);
  for (const PlannedFunction& function : planned.ecalls) {
    const std::string arguments = function.arguments();
    text += fmt::format(
        "\nstrongroom::Result<{0}> Enclave::{1}{2} {{\n"
        "  return signature_::{1}::call(*this->transport_, info_::{1}{3}{4});\n}}\n",
        function.result, function.name, function.parameter_list(), arguments.empty() ? "" : ", ", arguments);
  }
  if (!planned.ocalls.empty()) {
    text += fmt::format(
        "\n{1} {{\n"
        "  static constexpr {0}Entry kEntries[] = {{\n{2}  }};\n"
        "  static constexpr {0}Interface kInterface{{\"{3}\", kDigest_, kEntries}};\n"
        "  {0}serve_ocall(call, kInterface, &functions);\n}}\n",
        kEdge, serve_declaration(), entries(planned, planned.ocalls, "HostFunctions"), interface.name);
  }
  text += fmt::format("\n}}  // namespace {}\n", interface.name);
  return {interface.name + "_host.cc", std::move(text)};
}

}  // namespace strongroom::edl
