#include "tee/vm/debug/server.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace strongroom::tee::vm::debug {
namespace {

constexpr size_t kMostAtOnce = 4096;

// A debugger that does not listen is gone.
bool send_all(const FileDescriptor& connection, std::string_view text) {
  constexpr int kPatience = 2000;  // ms
  while (!text.empty()) {
    const ssize_t count = write(connection.get(), text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<size_t>(count));
      continue;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return false;
    pollfd file{connection.get(), POLLOUT, 0};
    if (poll(&file, 1, kPatience) == 0) return false;
  }
  return true;
}

Signal signal_of(const EnclaveEnd& end) {
  if (end.kind != EndKind::kAborted) return Signal::kKilled;
  switch (end.status) {
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGFPE:
    case SIGSEGV:
      return static_cast<Signal>(end.status);  // the same in gdb's numbers
    case SIGBUS:
      return Signal::kBus;
    default:
      return Signal::kKilled;
  }
}

}  // namespace

Result<FileDescriptor> Server::create_wake_up() {
  FileDescriptor file(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!file.valid()) return fail_errno("cannot make an eventfd", errno);
  return file;
}

void Server::start(Debugger& debugger) {
  debugger_ = &debugger;
  thread_ = std::thread([this] { serve(); });
}

void Server::wake() {
  const uint64_t one = 1;
  (void)!write(wake_up_.get(), &one, sizeof one);
}

void Server::end(const EnclaveEnd& how) {
  if (!thread_.joinable()) return;
  end_ = how;
  debugger_->end();
  wake();
  thread_.join();
}

void Server::serve() {
  while (!debugger_->has_ended()) {
    pollfd files[] = {{socket_.listening.get(), POLLIN, 0}, {wake_up_.get(), POLLIN, 0}};
    poll(files, std::size(files), -1);
    uint64_t count;
    (void)!read(wake_up_.get(), &count, sizeof count);
    const FileDescriptor connection(
        accept4(socket_.listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.valid()) serve(connection);
  }
}

void Server::serve(const FileDescriptor& connection) {
  const auto stop = debugger_->attach();
  if (!stop) return;
  RemoteSession session(*debugger_, *stop);
  while (!session.is_over() && !debugger_->has_ended()) {
    pollfd files[] = {{connection.get(), POLLIN, 0}, {wake_up_.get(), POLLIN, 0}};
    poll(files, std::size(files), -1);
    uint64_t count;
    (void)!read(wake_up_.get(), &count, sizeof count);
    if (files[0].revents != 0 && !receive(connection, session)) break;
    if (!session.is_running()) continue;
    if (const auto next = debugger_->next_stop(); next && !send_all(connection, session.stopped(*next)))
      break;
  }
  if (!debugger_->has_ended()) return debugger_->detach();
  if (!session.is_over()) send_all(connection, farewell(session));
}

bool Server::receive(const FileDescriptor& connection, RemoteSession& session) {
  uint8_t bytes[kMostAtOnce];
  const ssize_t count = read(connection.get(), bytes, sizeof bytes);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  return count != 0 && send_all(connection, session.receive({bytes, static_cast<size_t>(count)}));
}

std::string Server::farewell(RemoteSession& session) {
  return end_.kind == EndKind::kExited ? session.exited(static_cast<uint8_t>(end_.status))
                                       : session.killed(signal_of(end_));
}

}  // namespace strongroom::tee::vm::debug
