// A keeper that breaks the protocol in the way that $STRONGROOM_FAKE_KEEPER names. Descriptor 3 is the
// control socket.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "host/protocol.h"

using namespace strongroom;
using namespace strongroom::host;

namespace {

constexpr int kControl = 3;

[[noreturn]] void never_answer() {
  pollfd file{kControl, POLLRDHUP, 0};
  while (true) {
    poll(&file, 1, -1);
    if ((file.revents & (POLLHUP | POLLRDHUP)) != 0) _exit(0);
    usleep(1000);
  }
}

void send_bytes(int socket, const std::string& bytes) {
  (void)!send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void answer_load(const std::string& how) {
  if (how == "wrong_message") (void)send_packet(kControl, Ended{});
  if (how == "garbage") send_bytes(kControl, "what?");
  if (how == "empty") send_bytes(kControl, "");
  if (how == "too_long") send_bytes(kControl, std::string(kLargestPacket + 100, 'x'));
  if (how == "descriptors") {
    const int files[] = {0, 1, 2, kControl};
    (void)send_packet(kControl, Loaded{1}, files);
  }
  if (how == "refuses") (void)send_packet(kControl, Refused{ErrorCode::kInternal, "no"});
  if (how == "silent") never_answer();
  (void)send_packet(kControl, Loaded{1});
}

void answer_launch(const std::string& how, int events) {
  if (how == "launch_silent") never_answer();
  if (how == "launch_dies") _exit(0);
  if (how == "launch_garbage") send_bytes(events, std::string(100, '\xff'));
  if (how == "launch_wrong_message") (void)send_packet(events, Loaded{1});
  const int files[] = {0, 1, 2, kControl};
  (void)send_packet(events, Started{-1, {"\x1b[2J"}}, files);
  if (how == "wait_garbage") send_bytes(events, std::string(9, '\x05'));
  (void)send_packet(events, Started{});
}

}  // namespace

int main() {
  const char* given = std::getenv("STRONGROOM_FAKE_KEEPER");
  const std::string how = given == nullptr ? "" : given;
  if (how == "closes") return 0;
  while (true) {
    auto packet = receive_packet(kControl);
    if (!packet || !*packet) return 0;
    if (std::holds_alternative<Find>((*packet)->message))
      (void)send_packet(kControl, Refused{ErrorCode::kNotFound, "what?"});
    if (std::holds_alternative<Load>((*packet)->message)) answer_load(how);
    if (std::holds_alternative<Launch>((*packet)->message)) answer_launch(how, (*packet)->files.at(3).get());
  }
}
