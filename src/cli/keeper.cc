// `strongroom keeper`: the daemon that launches enclaves for the applications of a machine.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <memory>

#include "cli/command.h"
#include "host/keeper_client.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "It runs in the foreground until SIGTERM or SIGINT; all its enclaves end with it. Applications find it "
    "by its\n"
    "socket: /run/strongroom/keeper.sock, or what STRONGROOM_KEEPER_SOCKET names. The state directory holds "
    "the\n"
    "platform's secret: keep it from everybody. 0 for a limit means none. `docs/keeper.md` tells more.\n\n"
    "Examples:\n"
    "  systemctl enable --now strongroom-keeper.socket            # as a service\n"
    "  strongroom keeper --socket ./keeper.sock --state ./state   # a platform of one's own\n"
    "  STRONGROOM_KEEPER_SOCKET=./keeper.sock strongroom run train.enclave";

struct Arguments {
  std::string socket = host::kDaemonSocket;
  std::string state = "/var/lib/strongroom";
  uint64_t connections = 64, images = 32, enclaves = 128;
  // As much as the machine has.
  uint64_t memory =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
};

Result<int> run_keeper(const Arguments& arguments) {
  const std::filesystem::path program = TRY(host::find_keeper());
  const std::string numbers[] = {std::to_string(arguments.connections), std::to_string(arguments.images),
                                 std::to_string(arguments.enclaves), std::to_string(arguments.memory)};
  execl(program.c_str(), "strongroom-keeper", arguments.socket.c_str(), arguments.state.c_str(),
        numbers[0].c_str(), numbers[1].c_str(), numbers[2].c_str(), numbers[3].c_str(), nullptr);
  return fail_errno("cannot start " + program.string(), errno);
}

}  // namespace

void add_keeper(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "keeper", "Serve the applications of this machine as their keeper, in the foreground");
  command
      ->add_option("--socket", arguments->socket,
                   "where applications connect, unless systemd passes a socket")
      ->capture_default_str();
  command->add_option("--state", arguments->state, "the directory of the platform's secret")
      ->capture_default_str();
  command->add_option("--max-enclaves", arguments->enclaves, "that a user runs at a time")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--max-memory", arguments->memory,
                   "that a user's enclaves may take, with a unit (8GiB); default: the machine's")
      ->transform(CLI::AsSizeValue(false));
  command->add_option("--max-images", arguments->images, "that a user has open at a time")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--max-connections", arguments->connections, "of a user at a time")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->footer(kFooter);
  command->callback(
      [&invocation, arguments] { invocation.run = [arguments] { return run_keeper(*arguments); }; });
}

}  // namespace strongroom::cli
