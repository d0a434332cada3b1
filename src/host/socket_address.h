// The address of a socket in the file system.
#pragma once

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>

#include "strongroom/result.h"

namespace strongroom::host {

class SocketAddress {
 public:
  // kInvalidArgument for a path that is too long: the system's limit is 107 bytes.
  static Result<SocketAddress> of(const std::filesystem::path& path) {
    SocketAddress out;
    const std::string text = path.string();
    if (text.empty() || text.size() >= sizeof out.address_.sun_path)
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("\"{}\" cannot be the path of a socket: at most {} bytes fit", text,
                              sizeof out.address_.sun_path - 1));
    out.address_.sun_family = AF_UNIX;
    std::memcpy(out.address_.sun_path, text.data(), text.size());
    return out;
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  sockaddr_un address_{};
};

}  // namespace strongroom::host
