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
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

namespace strongroom::host {
namespace {

constexpr const char* kProgram = "strongroom-keeper";

Result<std::filesystem::path> find_keeper() {
  namespace fs = std::filesystem;
  if (const char* given = std::getenv("STRONGROOM_KEEPER")) return fs::path(given);
  std::error_code ignored;
  const fs::path own = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& candidate :
       {own / kProgram, own / "../libexec/strongroom" / kProgram,
        fs::path(STRONGROOM_LIBEXEC_DIRECTORY) / kProgram, fs::path(STRONGROOM_BUILD_KEEPER)})
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  return fail(ErrorCode::kNotFound,
              fmt::format("cannot find {}; set STRONGROOM_KEEPER to its path", kProgram));
}

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

Result<std::shared_ptr<KeeperClient>> KeeperClient::start(const std::string& preload) {
  const std::filesystem::path program = TRY(find_keeper());
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("cannot create the keeper's socket", errno);
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);

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

Result<std::shared_ptr<KeeperClient>> KeeperClient::get(const std::string& preload) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<KeeperClient>> keepers;
  const std::lock_guard lock(mutex);
  std::shared_ptr<KeeperClient>& current = keepers[preload];
  if (current != nullptr) {
    const std::lock_guard inner(current->mutex_);
    if (current->alive_) {
      // A keeper that died has closed its end.
      char byte;
      const ssize_t peeked = recv(current->control_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      current->alive_ = peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }
  }
  if (current == nullptr || !current->alive_) {
    reap();
    current = TRY(start(preload));
  }
  return current;
}

Result<Packet> KeeperClient::ask_to_load(int image_file) {
  TRY(send_packet(control_.get(), Load{}, {image_file}));
  auto packet = TRY(receive_packet(control_.get()));
  if (!packet) return fail(ErrorCode::kUnavailable, "the keeper died");
  if (std::holds_alternative<Loaded>(packet->message) || std::holds_alternative<Refused>(packet->message))
    return std::move(*packet);
  return fail(ErrorCode::kInternal, "the keeper gave an answer that nobody asked for");
}

Result<uint64_t> KeeperClient::load(int image_file) {
  const std::lock_guard lock(mutex_);
  Result<Packet> answer = ask_to_load(image_file);
  if (!answer) {
    // Whatever it says next may be the answer to this question: it is not asked again.
    alive_ = false;
    return tl::unexpected<Error>(answer.error());
  }
  if (const auto* refused = std::get_if<Refused>(&answer->message))
    return fail(refused->code, refused->message);
  return std::get<Loaded>(answer->message).image;
}

Result<void> KeeperClient::launch(const Launch& launch, std::vector<int> files) {
  const std::lock_guard lock(mutex_);
  return send_packet(control_.get(), launch, std::move(files));
}

Result<void> KeeperClient::forget(uint64_t image) {
  const std::lock_guard lock(mutex_);
  return send_packet(control_.get(), Forget{image});
}

}  // namespace strongroom::host
