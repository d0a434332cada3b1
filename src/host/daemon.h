// The keeper as the daemon of a machine: the socket that applications connect to. docs/keeper.md is its
// manual.
#pragma once

#include "host/keeper.h"

namespace strongroom::host {

struct DaemonOptions {
  std::filesystem::path socket;
  std::filesystem::path state;
  Quotas quotas;
};

// Serves until SIGTERM or SIGINT; all enclaves end with this process. The socket is the one that systemd
// passed (sd_listen_fds(3)), or it is made, for everybody to connect to: a file there that nobody listens at
// any more is replaced. kUnavailable where another keeper listens.
Result<void> run_daemon(const DaemonOptions& options);

}  // namespace strongroom::host
