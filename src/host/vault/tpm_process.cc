#include "host/vault/tpm_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/answer.h"
#include "host/vault/tpm.h"

namespace strongroom::host {
namespace {

constexpr size_t kDataSize = 32;
constexpr size_t kMaximumAnswer = 32768;
constexpr timeval kPatience{10, 0};

[[noreturn]] void serve(int socket, pid_t parent) {
  constexpr int kSocket = 3;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
  prctl(PR_SET_NAME, "strongroom-tpm");
  // The vault's own sockets end with the vault.
  if ((socket != kSocket && dup2(socket, kSocket) < 0) || close_range(kSocket + 1, ~0U, 0) != 0) _exit(1);
  std::optional<Tpm> tpm;
  std::array<uint8_t, kDataSize> data;
  while (recv(kSocket, data.data(), data.size(), 0) == static_cast<ssize_t>(data.size())) {
    auto opened =
        tpm ? Result<void>() : Result<void>(Tpm::open().map([&](Tpm&& now) { tpm.emplace(std::move(now)); }));
    const Bytes answer = encode_answer(opened ? tpm->quote(data) : tl::unexpected<Error>(opened.error()));
    if (send(kSocket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
  }
  _exit(0);
}

}  // namespace

Result<TpmProcess> TpmProcess::start() {
  if (const auto found = Tpm::open(); !found) return tl::unexpected<Error>(found.error());
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno("cannot start the TPM's process", errno);
  FileDescriptor own(ends[0]);
  const FileDescriptor other(ends[1]);
  setsockopt(own.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail_errno("cannot start the TPM's process", errno);
  if (child == 0) serve(other.get(), parent);
  return TpmProcess(std::move(own));
}

Result<Bytes> TpmProcess::quote(ByteView data) {
  if (data.size() != kDataSize) return fail(ErrorCode::kInvalidArgument, "a root vouches for 32 bytes");
  if (!socket_.valid()) return fail(ErrorCode::kUnavailable, "the TPM did not answer before");
  Bytes answer(kMaximumAnswer);
  ssize_t size = -1;
  if (send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(data.size()))
    size = recv(socket_.get(), answer.data(), answer.size(), 0);
  if (size <= 0) {
    socket_.reset();  // what comes too late is no answer to the next question
    return fail(ErrorCode::kUnavailable, "the TPM does not answer");
  }
  answer.resize(static_cast<size_t>(size));
  return decode_answer(answer, "the TPM's process");
}

}  // namespace strongroom::host
