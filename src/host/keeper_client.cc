#include "host/keeper_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "base/companion.h"
#include "host/socket_address.h"

namespace strongroom::host {
namespace {

constexpr const char* kProgram = "strongroom-keeper";

// This program's environment, with the library to preload.
class KeeperEnvironment {
 public:
  explicit KeeperEnvironment(const std::string& preload) : preload_("LD_PRELOAD=" + preload) {
    for (char** variable = environ; *variable != nullptr; ++variable)
      if (preload.empty() || !std::string_view(*variable).starts_with("LD_PRELOAD="))
        variables_.push_back(*variable);
    if (!preload.empty()) variables_.push_back(preload_.data());
    variables_.push_back(nullptr);
  }
  KeeperEnvironment(const KeeperEnvironment&) = delete;
  KeeperEnvironment& operator=(const KeeperEnvironment&) = delete;
  [[nodiscard]] char* const* get() const { return variables_.data(); }

 private:
  std::string preload_;
  std::vector<char*> variables_;
};

// Every keeper that was started and not yet waited for.
std::mutex started_mutex;
std::vector<pid_t> started;

}  // namespace

Result<std::filesystem::path> find_keeper() {
  if (const char* given = std::getenv("STRONGROOM_KEEPER")) return std::filesystem::path(given);
  std::vector<std::filesystem::path> candidates = companion_paths(kProgram);
  candidates.emplace_back(STRONGROOM_BUILD_KEEPER);
  for (const std::filesystem::path& candidate : candidates)
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  return fail(ErrorCode::kNotFound,
              fmt::format("cannot find {}; set STRONGROOM_KEEPER to its path", kProgram));
}

void KeeperClient::reap() {
  const std::lock_guard lock(started_mutex);
  std::erase_if(started, [](pid_t keeper) { return waitpid(keeper, nullptr, WNOHANG) != 0; });
}

int answer_timeout() {
  constexpr int kDefault = 60;
  const char* given = std::getenv("STRONGROOM_KEEPER_TIMEOUT");
  const int seconds = given == nullptr ? 0 : std::atoi(given);
  return seconds > 0 ? seconds : kDefault;
}

Result<void> limit_waits(int socket, int seconds) {
  const timeval limit{seconds, 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    if (setsockopt(socket, SOL_SOCKET, option, &limit, sizeof limit) != 0)
      return fail_errno("cannot limit how long the keeper may take", errno);
  return {};
}

std::filesystem::path daemon_socket() {
  const char* given = std::getenv("STRONGROOM_KEEPER_SOCKET");
  return given != nullptr ? given : kDaemonSocket;
}

Result<FileDescriptor> connect_to_daemon() {
  const std::filesystem::path path = daemon_socket();
  if (path.empty())
    return fail(ErrorCode::kUnavailable,
                "STRONGROOM_KEEPER_SOCKET is empty, which says that no daemon is to be used; unset it");
  const SocketAddress address = TRY(SocketAddress::of(path));
  FileDescriptor connection =
      above_standard_streams(FileDescriptor(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)));
  if (!connection.valid()) return fail_errno("cannot create a socket", errno);
  if (connect(connection.get(), address.get(), address.size()) != 0) {
    const int error = errno;
    return fail(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                fmt::format("no keeper answers at {} ({}); start one by `strongroom keeper`, or have the "
                            "application start its own (`strongroom run --keeper own`)",
                            path.string(), std::strerror(error)));
  }
  TRY(limit_waits(connection.get(), answer_timeout()));
  return connection;
}

Result<std::shared_ptr<KeeperClient>> KeeperClient::start(const std::string& preload) {
  const std::filesystem::path program = TRY(find_keeper());
  auto [ours, theirs] = TRY(SocketPair::create("the keeper's socket"));

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // dup2 onto itself would keep close-on-exec, so the descriptor first moves out of the way.
  const FileDescriptor moved(fcntl(theirs.get(), F_DUPFD_CLOEXEC, 10));
  posix_spawn_file_actions_adddup2(&actions, moved.get(), 3);
  posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  std::string name = kProgram;
  char* const arguments[] = {name.data(), nullptr};
  const KeeperEnvironment environment(preload);
  pid_t process = 0;
  const int failed = posix_spawn(&process, program.c_str(), &actions, nullptr, arguments, environment.get());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return fail_errno(fmt::format("cannot start {}", program.string()), failed);
  {
    const std::lock_guard lock(started_mutex);
    started.push_back(process);
  }
  TRY(limit_waits(ours.get(), answer_timeout()));
  return std::shared_ptr<KeeperClient>(new KeeperClient(std::move(ours)));
}

bool KeeperClient::is_alive() {
  const std::lock_guard lock(mutex_);
  // A keeper that died has closed its end; one that says what nobody asked for is not asked again.
  char byte;
  if (alive_) {
    const ssize_t peeked = recv(control_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    alive_ = peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  return alive_;
}

Result<std::shared_ptr<KeeperClient>> KeeperClient::open(KeeperChoice choice, const std::string& preload) {
  // Nobody gives a library to a keeper that is not his.
  const bool wants_own =
      !preload.empty() || std::getenv("STRONGROOM_KEEPER") != nullptr || daemon_socket().empty();
  if (choice == KeeperChoice::kOwn || (choice == KeeperChoice::kAuto && wants_own)) return start(preload);
  auto connection = connect_to_daemon();
  if (connection) return std::shared_ptr<KeeperClient>(new KeeperClient(std::move(*connection)));
  // A socket that nobody answers at is no reason to go on at another platform in silence.
  const bool is_absent =
      connection.error().code == ErrorCode::kNotFound && std::getenv("STRONGROOM_KEEPER_SOCKET") == nullptr;
  if (choice == KeeperChoice::kAuto && is_absent) return start(preload);
  return tl::unexpected<Error>({ErrorCode::kUnavailable, connection.error().message});
}

Result<std::shared_ptr<KeeperClient>> KeeperClient::get(KeeperChoice choice, const std::string& preload) {
  static std::mutex mutex;
  static std::map<std::pair<KeeperChoice, std::string>, std::shared_ptr<KeeperClient>> keepers;
  const std::lock_guard lock(mutex);
  std::shared_ptr<KeeperClient>& current = keepers[{choice, preload}];
  if (current == nullptr || !current->is_alive()) {
    reap();
    current = TRY(open(choice, preload));
  }
  return current;
}

Result<Packet> KeeperClient::ask(const Message& question, std::span<const int> files) {
  const std::lock_guard lock(mutex_);
  const auto answer = [&]() -> Result<Packet> {
    TRY(send_packet(control_.get(), question, files));
    auto packet = TRY(receive_packet(control_.get()));
    if (!packet) return fail(ErrorCode::kUnavailable, "the keeper died");
    if (std::holds_alternative<Loaded>(packet->message) || std::holds_alternative<Refused>(packet->message))
      return std::move(*packet);
    return fail(ErrorCode::kInternal, "the keeper gave an answer that nobody asked for");
  };
  auto packet = answer();
  // Whatever it says next may be the answer to this question: it is not asked again.
  if (!packet) alive_ = false;
  return packet;
}

Result<std::optional<uint64_t>> KeeperClient::find(const ImageKey& key) {
  const Packet answer = TRY(ask(Find{key}, {}));
  if (const auto* loaded = std::get_if<Loaded>(&answer.message)) return loaded->image;
  const Refused& refused = std::get<Refused>(answer.message);
  if (refused.code == ErrorCode::kNotFound) return std::nullopt;
  return fail(refused.code, refused.message);
}

Result<uint64_t> KeeperClient::load(int image_file) {
  const Packet answer = TRY(ask(Load{}, std::span(&image_file, 1)));
  if (const auto* refused = std::get_if<Refused>(&answer.message))
    return fail(refused->code, refused->message);
  return std::get<Loaded>(answer.message).image;
}

Result<void> KeeperClient::launch(const Launch& launch, std::span<const int> files) {
  const std::lock_guard lock(mutex_);
  return send_packet(control_.get(), launch, files);
}

Result<void> KeeperClient::forget(uint64_t image) {
  const std::lock_guard lock(mutex_);
  return send_packet(control_.get(), Forget{image});
}

}  // namespace strongroom::host
