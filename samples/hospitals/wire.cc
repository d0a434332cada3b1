#include "wire.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace study {
namespace {

constexpr size_t kMaximumMessage = size_t{16} << 20;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the path of the socket is too long");
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

void read_exactly(int file, uint8_t* to, size_t size) {
  while (size > 0) {
    const ssize_t got = ::read(file, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot receive");
    if (got == 0) throw std::runtime_error("the other end has hung up");
    to += got;
    size -= static_cast<size_t>(got);
  }
}

void write_exactly(int file, const uint8_t* from, size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(file, from, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("cannot send");
    from += sent;
    size -= static_cast<size_t>(sent);
  }
}

}  // namespace

Connection::~Connection() {
  if (file_ >= 0) close(file_);
}

void Connection::send(ByteView message) const {
  std::array<uint8_t, 4> size;
  for (size_t i = 0; i < size.size(); ++i) size[i] = static_cast<uint8_t>(message.size() >> (8 * i));
  write_exactly(file_, size.data(), size.size());
  write_exactly(file_, message.data(), message.size());
}

Bytes Connection::receive() const {
  std::array<uint8_t, 4> head;
  read_exactly(file_, head.data(), head.size());
  size_t size = 0;
  for (size_t i = head.size(); i-- > 0;) size = size << 8 | head[i];
  if (size > kMaximumMessage) throw std::runtime_error("a message is too long");
  Bytes out(size);
  read_exactly(file_, out.data(), out.size());
  return out;
}

Listener::Listener(std::string path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_un address = address_of(path_);
  if (socket_.file_ < 0 ||
      bind(socket_.file_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket_.file_, 8) != 0)
    fail("cannot listen at " + path_);
}

Listener::~Listener() {
  unlink(path_.c_str());
}

Connection Listener::accept() const {
  while (true) {
    const int file = ::accept4(socket_.file_, nullptr, nullptr, SOCK_CLOEXEC);
    if (file >= 0) return Connection(file);
    if (errno != EINTR) fail("cannot accept");
  }
}

Connection connect_to(const std::string& path) {
  const sockaddr_un address = address_of(path);
  Connection out(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(out.file_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("cannot reach the host at " + path);
  return out;
}

}  // namespace study
