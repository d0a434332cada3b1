#include "host/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/log.h"
#include "host/socket_address.h"

namespace strongroom::host {
namespace {

constexpr size_t kSpares = 8;
constexpr size_t kIdleImages = 16;
constexpr size_t kRememberedEnclaves = 64;

// sd_listen_fds(3): the first descriptor that a service manager passes is number 3.
std::optional<FileDescriptor> passed_socket() {
  const char* process = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (process == nullptr || count == nullptr || std::to_string(getpid()) != process ||
      count != std::string("1"))
    return std::nullopt;
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  FileDescriptor file(3);
  fcntl(file.get(), F_SETFD, FD_CLOEXEC);
  fcntl(file.get(), F_SETFL, O_NONBLOCK);
  return file;
}

// Held for as long as the daemon lives: only one replaces a socket that was left behind.
Result<FileDescriptor> lock_beside(const std::filesystem::path& socket) {
  const std::string path = socket.string() + ".lock";
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return fail_errno("cannot create " + path, errno);
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::kUnavailable, fmt::format("another keeper listens at {}", socket.string()));
  return file;
}

Result<FileDescriptor> listen_at(const std::filesystem::path& path) {
  const SocketAddress address = TRY(SocketAddress::of(path));
  FileDescriptor listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return fail_errno("cannot create a socket", errno);
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail_errno("cannot replace " + path.string(), errno);
  // Who may do what is decided by quotas and by whose an enclave is, not by the file.
  const mode_t before = umask(0111);
  const bool bound = bind(listener.get(), address.get(), address.size()) == 0;
  const int error = errno;
  umask(before);
  if (!bound) return fail_errno("cannot bind " + path.string(), error);
  if (listen(listener.get(), SOMAXCONN) != 0) return fail_errno("cannot listen at " + path.string(), errno);
  return listener;
}

Result<FileDescriptor> take_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  FileDescriptor signals(signalfd(-1, &wanted, SFD_CLOEXEC));
  if (!signals.valid()) return fail_errno("cannot receive signals", errno);
  return signals;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// Takes connections. Where no descriptor is left it waits until an application goes, instead of trying again
// and again.
class Door {
 public:
  Door(Keeper& keeper, FileDescriptor listener) : keeper_(keeper), listener_(std::move(listener)) {}

  Result<void> open() {
    is_open_ = true;
    return keeper_.loop().watch(listener_.get(), [this] { admit(); });
  }
  void someone_left() {
    if (!is_open_) (void)open();
  }

 private:
  void admit() {
    FileDescriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.valid()) {
      if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS) return;
      spdlog::warn("no more applications can connect: {}", fail_errno("accept", errno).value().message);
      keeper_.loop().forget(listener_.get());
      is_open_ = false;
      return;
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return;
    if (const auto added = keeper_.add_client(std::move(connection), peer.uid); !added)
      spdlog::warn("an application is refused: {}", added.error().message);
  }

  Keeper& keeper_;
  FileDescriptor listener_;
  bool is_open_ = false;
};

}  // namespace

Result<void> run_daemon(const DaemonOptions& options) {
  raise_descriptor_limit();
  std::optional<FileDescriptor> listener = passed_socket();
  const bool is_ours = !listener;
  FileDescriptor lock;
  if (is_ours) lock = TRY(lock_beside(options.socket));
  // Both before a word of an application is heard.
  Vault vault = TRY(Vault::start(options.state));
  Nursery nursery = TRY(Nursery::start(true));
  if (is_ours) listener = TRY(listen_at(options.socket));
  const FileDescriptor signals = TRY(take_signals());

  const auto keeper = TRY(Keeper::create({.quotas = options.quotas,
                                          .spares = kSpares,
                                          .spare_threshold = 1,
                                          .idle_images = kIdleImages,
                                          .remembered_enclaves = kRememberedEnclaves},
                                         std::move(vault), std::move(nursery)));
  Door door(*keeper, std::move(*listener));
  keeper->on_departure([&door](const Result<void>& why) {
    if (!why) spdlog::warn("an application is let go: {}", why.error().message);
    door.someone_left();
  });
  bool is_over = false;
  TRY(keeper->loop().watch(signals.get(), [&is_over] { is_over = true; }));
  TRY(door.open());
  spdlog::info("the keeper listens at {}", options.socket.string());
  while (!is_over) TRY(keeper->turn());
  if (is_ours) unlink(options.socket.c_str());
  return {};
}

}  // namespace strongroom::host
