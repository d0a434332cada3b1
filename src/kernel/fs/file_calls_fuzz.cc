// Random sequences of system calls on a small tree of names: no crash, no leak, no lost link.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "kernel/testing/host_kernel.h"

namespace strongroom::kernel {
namespace {

using testing::run;

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  [[nodiscard]] bool empty() const { return left_ == 0; }
  uint8_t next() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  // "/tmp", then up to three names out of a few, and now and then a slash, a dot or two.
  std::string path() {
    static constexpr const char* kNames[] = {"a",   "b",    "c", ".",    "..",
                                             "a/b", "fd/5", "",  "link", "../proc/self/fd"};
    const uint8_t choice = next();
    std::string path = choice % 4 == 0 ? "" : "/tmp/";
    path += kNames[choice / 4 % 10];
    if (choice >= 128) path += std::string("/") + kNames[next() % 10];
    return path;
  }
  int descriptor() { return static_cast<int>(next() % 12); }
  // From 0 up to the largest there is, and some below.
  int64_t number() {
    const uint8_t choice = next();
    const auto value = static_cast<int64_t>(static_cast<uint64_t>(next()) << (choice % 8 * 8) >> 1);
    return choice >= 248 ? -value : value % (int64_t{1} << (8 + choice % 56));
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

void step(Bytes& in) {
  static char buffer[9000];
  const std::string one = in.path();
  const std::string other = in.path();
  const int file = in.descriptor();
  const auto size = static_cast<size_t>(in.next()) * 35;
  switch (in.next() % 26) {
    case 0:
      run(sys_open, one.c_str(), in.number(), 0644);
      break;
    case 1:
      run(sys_open, one.c_str(), O_RDWR | O_CREAT | O_NONBLOCK, 0644);
      break;
    case 2:
      if (file > 2) run(sys_close, file);
      break;
    case 3:
      run(sys_mkdir, one.c_str(), 0755);
      break;
    case 4:
      run(sys_rmdir, one.c_str());
      break;
    case 5:
      run(sys_unlink, one.c_str());
      break;
    case 6:
      run(sys_rename, one.c_str(), other.c_str());
      break;
    case 7:
      run(sys_renameat2, file, one.c_str(), in.descriptor(), other.c_str(), in.next());
      break;
    case 8:
      run(sys_link, one.c_str(), other.c_str());
      break;
    case 9:
      run(sys_symlink, one.c_str(), other.c_str());
      break;
    case 10:
      run(sys_write, file, buffer, size);
      break;
    case 11:
      run(sys_pwrite64, file, buffer, size, in.number());
      break;
    case 12:
      run(sys_pread64, file, buffer, size, in.number());
      break;
    case 13:
      run(sys_lseek, file, in.number(), in.next() % 6);
      break;
    case 14:
      run(sys_ftruncate, file, in.number());
      break;
    case 15:
      run(sys_fallocate, file, in.next() % 4, in.number(), in.number() % (1 << 22));
      break;
    case 16:
      run(sys_getdents64, file, buffer, size);
      break;
    case 17:
      run(sys_chdir, one.c_str());
      break;
    case 18:
      run(sys_getcwd, buffer, size);
      break;
    case 19:
      run(sys_readlink, one.c_str(), buffer, size);
      break;
    case 20:
      run(sys_stat, one.c_str(), buffer);
      break;
    case 21:
      if (file > 2) run(sys_dup2, in.descriptor(), file);
      break;
    case 22:
      run(sys_copy_file_range, file, nullptr, in.descriptor(), nullptr, size, 0);
      break;
    case 23:
      run(sys_sendfile, file, in.descriptor(), nullptr, size);
      break;
    case 24:
      run(sys_pipe2, buffer, O_NONBLOCK);
      break;
    default: {
      pollfd fd{file, POLLIN | POLLOUT, 0};
      run(sys_poll, &fd, 1, 0);
    }
  }
}

}  // namespace
}  // namespace strongroom::kernel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace kernel = strongroom::kernel;
  {
    const kernel::testing::HostKernel host;
    kernel::Bytes in(data, size);
    for (int count = 0; count < 300 && !in.empty(); ++count) kernel::step(in);
  }
  if (kernel::testing::live_blocks() != 0) abort();
  return 0;
}
