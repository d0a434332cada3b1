#include "tee/vm/debug/debug_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace strongroom::tee::vm::debug {
namespace {

Result<DebugSocket> listen_at(const std::string& path) {
  DebugSocket out;
  out.listening = FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out.listening.valid()) return fail_errno("cannot make the debugger's socket", errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::kInvalidArgument, "the path of temporary files is too long: " + path);
  path.copy(address.sun_path, path.size());
  if (bind(out.listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || listen(out.listening.get(), 1) != 0)
    return fail_errno("cannot make the debugger's socket " + path, errno);
  out.address = FileDescriptor(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!out.address.valid()) return fail_errno("cannot open the debugger's socket " + path, errno);
  return out;
}

}  // namespace

Result<DebugSocket> create_debug_socket(uint64_t base) {
  std::error_code failed;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(failed);
  std::string directory = (failed ? "/tmp" : temporary) / "strongroom-gdb-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return fail_errno("cannot create " + directory, errno);
  const std::string path = directory + fmt::format("/{:x}", base);
  auto made = listen_at(path);
  unlink(path.c_str());
  rmdir(directory.c_str());
  return made;
}

}  // namespace strongroom::tee::vm::debug
