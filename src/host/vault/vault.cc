#include "host/vault/vault.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "base/socket.h"
#include "host/vault/vault_server.h"

namespace strongroom::host {
namespace {

[[noreturn]] void become_vault(FileDescriptor control, const std::optional<std::filesystem::path>& directory,
                               pid_t parent) {
  // Before the first secret: no core dumps, nobody of the same user attaches or reads.
  const rlimit none{0, 0};
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || prctl(PR_SET_DUMPABLE, 0) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
    _exit(1);
  prctl(PR_SET_NAME, "strongroom-vault");
  signal(SIGPIPE, SIG_IGN);
  VaultServer server(std::move(control), directory);
  server.serve();
  _exit(0);
}

}  // namespace

Result<Vault> Vault::start(std::optional<std::filesystem::path> directory) {
  auto [ours, theirs] = TRY(SocketPair::create("the vault's socket"));
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail_errno("cannot create the vault", errno);
  if (child == 0) {
    // Nothing of what the keeper has open: no application notices that the vault lives on.
    close_all_but(theirs.get());
    (void)ours.release();
    become_vault(std::move(theirs), directory, parent);
  }
  return Vault(std::move(ours), std::move(directory));
}

bool Vault::is_alive() const {
  return !is_closed(control_.get());
}

Result<void> Vault::admit(const Admission& admission, const FileDescriptor& socket) {
  if (!is_alive()) *this = TRY(start(directory_));
  return send_admission(control_.get(), admission, socket.get());
}

}  // namespace strongroom::host
