#include "host/vault/vault.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

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
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("cannot create the vault's socket", errno);
  FileDescriptor ours(ends[0]);
  FileDescriptor theirs(ends[1]);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail_errno("cannot create the vault", errno);
  if (child == 0) {
    // Nothing of what the keeper has open: no application notices that the vault lives on.
    const int kept = theirs.get();
    if (kept > 3) close_range(3, static_cast<unsigned>(kept) - 1, 0);
    close_range(static_cast<unsigned>(kept) + 1, ~0u, 0);
    (void)ours.release();
    become_vault(std::move(theirs), directory, parent);
  }
  return Vault(std::move(ours), std::move(directory));
}

bool Vault::is_alive() const {
  pollfd file{control_.get(), 0, 0};
  return poll(&file, 1, 0) == 0;
}

Result<FileDescriptor> Vault::admit(const Admission& admission) {
  if (!is_alive()) *this = TRY(start(directory_));
  return send(admission);
}

Result<FileDescriptor> Vault::send(const Admission& admission) const {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("cannot create the enclave's socket to the vault", errno);
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  const int file = theirs.get();
  TRY(send_admission(control_.get(), admission, file));
  return ours;
}

}  // namespace strongroom::host
