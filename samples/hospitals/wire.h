// Messages over a Unix socket between a hospital and the host: u32 length (little-endian), then that many
// bytes. A hospital sends its name and a nonce; the host answers with the enclave's key and its evidence; the
// hospital sends its encrypted rows; the host answers with the encrypted model. An empty message means:
// refused.
#pragma once

#include <string>

#include "exchange.h"

namespace study {

// Owns a file descriptor.
class Connection {
 public:
  explicit Connection(int file) : file_(file) {}
  Connection(Connection&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Throw std::runtime_error when the other end is gone, or sends more than 16 MiB at once.
  void send(ByteView message) const;
  [[nodiscard]] Bytes receive() const;

 private:
  friend class Listener;
  friend Connection connect_to(const std::string& path);
  int file_;
};

// The host's end. The socket is removed with it.
class Listener {
 public:
  explicit Listener(std::string path);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();
  [[nodiscard]] Connection accept() const;

 private:
  std::string path_;
  Connection socket_;
};

Connection connect_to(const std::string& path);

}  // namespace study
