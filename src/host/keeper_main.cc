// strongroom-keeper: started by <strongroom/host.h>, never by hand. Descriptor 3 is the control socket.
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "base/log.h"
#include "host/keeper.h"

int main() {
  constexpr int kControl = 3;
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(kControl, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
    std::fputs("strongroom-keeper: this program is started by Strongroom itself; use `strongroom run`\n",
               stderr);
    return 2;
  }
  prctl(PR_SET_DUMPABLE, 0);
  strongroom::start_logging("strongroom-keeper");
  strongroom::FileDescriptor control(kControl);
  auto vault = strongroom::host::Vault::start(std::nullopt);
  if (!vault) {
    spdlog::error("{}", vault.error().message);
    return 1;
  }
  strongroom::host::Keeper keeper(std::move(control), std::move(*vault));
  const auto served = keeper.serve();
  if (!served) spdlog::error("{}", served.error().message);
  return served ? 0 : 1;
}
