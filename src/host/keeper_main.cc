// strongroom-keeper, never started by hand. By <strongroom/host.h>: with the application's connection as
// descriptor 3. By `strongroom keeper`: strongroom-keeper SOCKET STATE CONNECTIONS IMAGES ENCLAVES MEMORY,
// the last four being quotas.
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "host/daemon.h"
#include "host/keeper.h"

namespace {

using namespace strongroom;

Result<void> serve_application(FileDescriptor connection) {
  auto vault = TRY(host::Vault::start(std::nullopt));
  auto nursery = TRY(host::Nursery::start(false));
  const auto keeper = TRY(host::Keeper::create({}, std::move(vault), std::move(nursery)));
  Result<void> outcome{};
  keeper->on_departure([&outcome](const Result<void>& why) { outcome = why; });
  TRY(keeper->add_client(std::move(connection), geteuid()));
  while (keeper->clients() > 0) TRY(keeper->turn());
  return outcome;
}

uint64_t number(const char* text) {
  return std::strtoull(text, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kConnection = 3;
  constexpr int kDaemonArguments = 7;
  strongroom::hold_standard_streams();
  const bool is_daemon = argc == kDaemonArguments;
  int type = 0;
  socklen_t size = sizeof type;
  if (!is_daemon &&
      (getsockopt(kConnection, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET)) {
    std::fputs(
        "strongroom-keeper: this program is started by Strongroom itself; use `strongroom run` or "
        "`strongroom keeper`\n",
        stderr);
    return 2;
  }
  prctl(PR_SET_DUMPABLE, 0);
  // The threads of a holder allocate next to nothing: an arena for each would take longer than its work.
  mallopt(M_ARENA_MAX, 1);
  // Nobody waits for the vault and the nursery: their sockets tell that they have ended.
  signal(SIGCHLD, SIG_IGN);
  strongroom::start_logging("strongroom-keeper");
  const auto served = is_daemon ? host::run_daemon({.socket = argv[1],
                                                    .state = argv[2],
                                                    .quotas = {.connections = number(argv[3]),
                                                               .images = number(argv[4]),
                                                               .enclaves = number(argv[5]),
                                                               .memory = number(argv[6])}})
                                : serve_application(FileDescriptor(kConnection));
  if (!served) spdlog::error("{}", served.error().message);
  constexpr int kStrongroomFailed = 125;  // as the command `strongroom`, which became this process
  return served ? 0 : kStrongroomFailed;
}
