#include "base/socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace strongroom {
namespace {

// Room for the descriptors' control message, aligned as the kernel wants it.
struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> bytes{};
};

std::vector<FileDescriptor> take_descriptors(msghdr& header) {
  std::vector<FileDescriptor> files;
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = std::min((item->cmsg_len - CMSG_LEN(0)) / sizeof(int), kMostDescriptors);
    std::array<int, kMostDescriptors> numbers{};
    std::memcpy(numbers.data(), CMSG_DATA(item), count * sizeof(int));
    for (size_t i = 0; i < count; ++i) files.push_back(above_standard_streams(FileDescriptor(numbers[i])));
  }
  return files;
}

// The length of the next packet, which stays where it is: most are far shorter than the longest.
ssize_t peek_length(int socket, int flags) {
  ssize_t size;
  do size = recv(socket, nullptr, 0, MSG_PEEK | MSG_TRUNC | flags);
  while (size < 0 && errno == EINTR);
  return size;
}

}  // namespace

Result<SocketPair> SocketPair::create(std::string_view what) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno(fmt::format("cannot create {}", what), errno);
  FileDescriptor first(ends[0]), second(ends[1]);
  return SocketPair{above_standard_streams(std::move(first)), above_standard_streams(std::move(second))};
}

Result<void> send_bytes(int socket, ByteView bytes, std::span<const int> files, std::string_view peer,
                        Waiting waiting) {
  if (files.size() > kMostDescriptors)
    return fail(ErrorCode::kInvalidArgument, "a packet carries too many descriptors");
  iovec part{const_cast<uint8_t*>(bytes.data()), bytes.size()};
  ControlBuffer control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!files.empty()) {
    header.msg_control = control.bytes.data();
    header.msg_controllen = CMSG_SPACE(files.size_bytes());
    cmsghdr* item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(files.size_bytes());
    std::memcpy(CMSG_DATA(item), files.data(), files.size_bytes());
  }
  const int flags = MSG_NOSIGNAL | (waiting == Waiting::kNever ? MSG_DONTWAIT : 0);
  while (sendmsg(socket, &header, flags) < 0) {
    if (errno == EINTR) continue;
    return fail_errno(fmt::format("{} does not answer", peer), errno);
  }
  return {};
}

Result<std::optional<RawPacket>> receive_bytes(int socket, size_t limit, std::string_view peer,
                                               Waiting waiting) {
  const int flags = waiting == Waiting::kNever ? MSG_DONTWAIT : 0;
  const ssize_t length = peek_length(socket, flags);
  if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return fail(waiting == Waiting::kNever ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable,
                fmt::format("{} does not answer; is this machine overloaded?", peer));
  if (length < 0 && errno != ECONNRESET) return fail_errno(fmt::format("cannot hear {}", peer), errno);
  if (length < 0) return std::nullopt;

  RawPacket packet{.bytes = Bytes(std::min(static_cast<size_t>(length), limit)), .files = {}};
  iovec part{packet.bytes.data(), packet.bytes.size()};
  ControlBuffer control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  ssize_t size;
  do size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | flags);
  while (size < 0 && errno == EINTR);
  if (size < 0) return fail_errno(fmt::format("cannot hear {}", peer), errno);
  packet.files = take_descriptors(header);
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return fail(ErrorCode::kMalformed, fmt::format("a packet of {} was cut off", peer));
  if (size == 0) return std::nullopt;
  packet.bytes.resize(static_cast<size_t>(size));
  return packet;
}

bool is_closed(int socket) {
  pollfd file{socket, POLLRDHUP, 0};
  return poll(&file, 1, 0) != 0;
}

}  // namespace strongroom
