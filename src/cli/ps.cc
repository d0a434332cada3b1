// `strongroom ps`, `logs`, `stop`: the enclaves that run at the machine's keeper daemon.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pwd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "host/administration.h"

namespace strongroom::cli {
namespace {

using Json = nlohmann::ordered_json;
using host::EnclaveEntry;

constexpr char kPsFooter[] =
    "Everybody sees his own enclaves, root sees all. Enclaves of applications that have a keeper of their "
    "own "
    "are not\n"
    "at the daemon, and not listed.\n\n"
    "Examples:\n"
    "  strongroom ps\n"
    "  strongroom ps --all --json | jq '.[] | select(.state == \"ended\") | .end'";
constexpr char kLogsFooter[] =
    "What an enclave has written to its standard error last (64 KiB), and how it ended. The keeper remembers "
    "the last\n"
    "64 enclaves that have ended.\n\nExamples:\n  strongroom logs 17";
constexpr char kStopFooter[] =
    "Ends an enclave at once, and waits for its end.\n\nExamples:\n  strongroom stop 17";

std::string user_name(uint64_t user) {
  const passwd* entry = getpwuid(static_cast<uid_t>(user));
  return entry == nullptr ? std::to_string(user) : entry->pw_name;
}

std::string time_of(uint64_t seconds) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

Json to_json(const EnclaveEntry& entry) {
  return {{"id", entry.number},
          {"name", entry.name},
          {"state", entry.running ? "running" : "ended"},
          {"end", entry.running ? Json() : Json(entry.end)},
          {"tee", tee::to_string(entry.tee)},
          {"user", entry.user},
          {"process", entry.process_id},
          {"launched_at", time_of(entry.launched_at)},
          {"from_spare", entry.from_spare},
          {"memory", entry.memory},
          {"debug", entry.debug},
          {"mrenclave", to_hex(entry.mrenclave)},
          {"mrsigner", entry.is_signed ? Json(to_hex(entry.mrsigner)) : Json()}};
}

void print_table(const std::vector<EnclaveEntry>& entries) {
  fmt::print("{}\n", styled(Style::kHeading,
                            fmt::format("{:>6}  {:<7}  {:<10}  {:>8}  {:<20}  {:<12}  {:<20}  {}", "ID",
                                        "TEE", "USER", "PROCESS", "LAUNCHED", "MRENCLAVE", "NAME", "STATE")));
  for (const EnclaveEntry& entry : entries)
    fmt::print("{:>6}  {:<7}  {:<10}  {:>8}  {:<20}  {:<12}  {:<20}  {}\n", entry.number,
               tee::to_string(entry.tee), user_name(entry.user), entry.process_id, time_of(entry.launched_at),
               to_hex(entry.mrenclave).substr(0, 12), entry.name, entry.running ? "running" : entry.end);
}

Result<int> run_ps(bool all, bool as_json) {
  std::vector<EnclaveEntry> entries = TRY(host::list_enclaves());
  if (!all) std::erase_if(entries, [](const EnclaveEntry& entry) { return !entry.running; });
  if (as_json) {
    Json list = Json::array();
    for (const EnclaveEntry& entry : entries) list.push_back(to_json(entry));
    fmt::print("{}\n", list.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print_table(entries);
  }
  return 0;
}

// What an enclave wrote may not rule the terminal of who reads it.
Result<int> run_logs(uint64_t id) {
  std::string text = TRY(host::read_log(id));
  for (char& c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f) c = '?';
  fmt::print("{}", text);
  return 0;
}

Result<int> run_stop(uint64_t id) {
  TRY(host::stop_enclave(id));
  return 0;
}

}  // namespace

void add_ps(CLI::App& app, Invocation& invocation) {
  struct Flags {
    bool all = false, json = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("ps", "List the enclaves at this machine's keeper");
  command->add_flag("--all", flags->all, "those that have ended as well");
  command->add_flag("--json", flags->json, "print JSON");
  command->footer(kPsFooter);
  command->callback(
      [&invocation, flags] { invocation.run = [flags] { return run_ps(flags->all, flags->json); }; });
}

void add_logs(CLI::App& app, Invocation& invocation) {
  auto id = std::make_shared<uint64_t>(0);
  CLI::App* command = app.add_subcommand("logs", "Show what an enclave wrote to its standard error");
  command->add_option("ID", *id, "of `strongroom ps`")->required();
  command->footer(kLogsFooter);
  command->callback([&invocation, id] { invocation.run = [id] { return run_logs(*id); }; });
}

void add_stop(CLI::App& app, Invocation& invocation) {
  auto id = std::make_shared<uint64_t>(0);
  CLI::App* command = app.add_subcommand("stop", "End an enclave");
  command->add_option("ID", *id, "of `strongroom ps`")->required();
  command->footer(kStopFooter);
  command->callback([&invocation, id] { invocation.run = [id] { return run_stop(*id); }; });
}

}  // namespace strongroom::cli
