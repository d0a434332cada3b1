// `strongroom doctor`: what this machine can do, and what each TEE protects against on it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/terminal.h"
#include "tee/platform.h"

namespace strongroom::cli {
namespace {

using Json = nlohmann::ordered_json;
using namespace strongroom::tee;

constexpr char kFooter[] =
    "Exit code: 0 when at least one TEE can be used here, 1 when none can.\n\n"
    "Examples:\n"
    "  strongroom doctor\n"
    "  strongroom doctor --json | jq '.tees[] | select(.usable) | .name'";

Json to_json(const TeeReport& report) {
  Json shortcomings = Json::array();
  for (const Shortcoming& one : report.shortcomings)
    shortcomings.push_back({{"feature", one.feature},
                            {"consequence", one.consequence},
                            {"remedy", one.remedy},
                            {"prevents_use", one.prevents_use}});
  return {{"name", to_string(report.kind)},
          {"usable", report.usable},
          {"protects_against", report.protects_against},
          {"does_not_protect_against", report.does_not_protect_against},
          {"shortcomings", shortcomings}};
}

Json to_json(const Platform& platform, const std::vector<TeeReport>& reports) {
  Json checks = Json::array();
  for (const NamedFeature& one : features(platform))
    checks.push_back({{"name", one.name},
                      {"present", one.feature->present},
                      {"detail", one.feature->detail},
                      {"remedy", one.feature->remedy}});
  Json tees = Json::array();
  for (const TeeReport& report : reports) tees.push_back(to_json(report));
  return {
      {"processor",
       {{"vendor", platform.processor.vendor},
        {"model", platform.processor.model},
        {"virtualised", platform.processor.virtualised},
        {"hardware_virtualisation", platform.processor.hardware_virtualisation}}},
      {"kernel",
       {{"release", platform.kernel.version.release}, {"landlock_abi", platform.kernel.landlock_abi}}},
      {"kvm", {{"software", platform.kvm.software}, {"guest_memfd_flags", platform.kvm.guest_memfd_flags}}},
      {"checks", checks},
      {"tees", tees}};
}

void print_features(const Platform& platform) {
  const Processor& processor = platform.processor;
  fmt::print("{}\n", styled(Style::kHeading, "This machine"));
  fmt::print("  processor  {}{}\n", processor.model, processor.virtualised ? ", under a hypervisor" : "");
  fmt::print("  kernel     Linux {}\n\n", platform.kernel.version.release);
  for (const NamedFeature& one : features(platform)) {
    // Padded before it is styled: colours have no width.
    const std::string word = fmt::format("{:<8}", one.feature->present ? "yes" : "no");
    fmt::print("  {:<22} {}{}\n", one.name,
               styled(one.feature->present ? Style::kGood : Style::kWarning, word),
               wrapped(one.feature->detail, 33));
    if (!one.feature->remedy.empty())
      fmt::print("{:33}{}\n", "", wrapped("remedy: " + one.feature->remedy, 33));
  }
}

void print_list(const char* heading, const std::vector<std::string>& items) {
  if (items.empty()) return;
  fmt::print("  {}\n", heading);
  for (const std::string& item : items) fmt::print("    - {}\n", wrapped(item, 6));
}

void print_tee(const TeeReport& report) {
  fmt::print(
      "\n{} {}\n", styled(Style::kHeading, fmt::format("--tee {}:", to_string(report.kind))),
      report.usable ? styled(Style::kGood, "can be used") : styled(Style::kBad, "cannot be used here"));
  if (report.usable) {
    print_list("protects against", report.protects_against);
    print_list("does not protect against", report.does_not_protect_against);
  }
  if (report.shortcomings.empty()) return;
  fmt::print("  missing\n");
  for (const Shortcoming& one : report.shortcomings)
    fmt::print("    - {}\n", wrapped(fmt::format("{}: {}{}", one.feature, one.consequence,
                                                 one.remedy.empty() ? "" : "; " + one.remedy),
                                     6));
}

Result<int> run_doctor(bool as_json) {
  const Platform platform = probe_platform();
  std::vector<TeeReport> reports;
  for (const TeeKind kind : kTeeKinds) reports.push_back(assess(kind, platform));
  if (as_json) {
    fmt::print("{}\n", to_json(platform, reports).dump(2));
  } else {
    print_features(platform);
    for (const TeeReport& report : reports) print_tee(report);
  }
  return std::any_of(reports.begin(), reports.end(), [](const TeeReport& report) { return report.usable; })
             ? 0
             : 1;
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("doctor", "Tell what this machine can do, and what each TEE protects against");
  auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "print JSON");
  command->footer(kFooter);
  command->callback([&invocation, as_json] { invocation.run = [as_json] { return run_doctor(*as_json); }; });
}

}  // namespace strongroom::cli
