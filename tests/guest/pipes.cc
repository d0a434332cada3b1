// Pipes.
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <atomic>
#include <thread>

#include "check.h"

namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  explicit Pipe(int flags = 0) {
    int ends[2];
    CHECK_EQ(pipe2(ends, flags), 0);
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close(read_end);
    close(write_end);
  }
};

}  // namespace

CASE(bytes_come_out_in_order) {
  int ends[2];
  CHECK_EQ(syscall(SYS_pipe, ends), 0);
  CHECK_EQ(write(ends[1], "hello", 5), 5);
  CHECK_EQ(write(ends[1], " world", 6), 6);
  int left = 0;
  CHECK_EQ(ioctl(ends[0], FIONREAD, &left), 0);
  CHECK_EQ(left, 11);
  char bytes[32] = {};
  CHECK_EQ(read(ends[0], bytes, 3), 3);
  CHECK_EQ(read(ends[0], bytes + 3, 20), 8);
  CHECK_EQ(std::string(bytes), "hello world");
  CHECK_ERRNO(read(ends[1], bytes, 1), EBADF);
  CHECK_ERRNO(write(ends[0], bytes, 1), EBADF);
  CHECK_ERRNO(lseek(ends[0], 0, SEEK_SET), ESPIPE);
  CHECK_ERRNO(pread(ends[0], bytes, 1, 0), ESPIPE);
  struct stat status;
  CHECK_EQ(fstat(ends[0], &status), 0);
  CHECK(S_ISFIFO(status.st_mode));
  close(ends[0]);
  close(ends[1]);
}

CASE(the_end_comes_when_the_last_writer_closes) {
  Pipe pipe;
  const int second = dup(pipe.write_end);
  CHECK_EQ(write(second, "x", 1), 1);
  close(pipe.write_end);
  char byte;
  CHECK_EQ(read(pipe.read_end, &byte, 1), 1);
  std::thread closer([&] {
    usleep(20'000);
    close(second);
  });
  CHECK_EQ(read(pipe.read_end, &byte, 1), 0);
  closer.join();
}

CASE(writing_without_a_reader_is_epipe_and_sigpipe) {
  static volatile sig_atomic_t caught = 0;
  signal(SIGPIPE, [](int) { caught = caught + 1; });
  Pipe pipe;
  close(pipe.read_end);
  CHECK_ERRNO(write(pipe.write_end, "x", 1), EPIPE);
  CHECK_EQ(caught, 1);
  signal(SIGPIPE, SIG_IGN);
  CHECK_ERRNO(write(pipe.write_end, "x", 1), EPIPE);
  CHECK_EQ(caught, 1);
  signal(SIGPIPE, SIG_DFL);
}

CASE(nonblocking_ends_say_eagain) {
  Pipe pipe(O_NONBLOCK | O_CLOEXEC);
  CHECK_EQ(fcntl(pipe.read_end, F_GETFD), FD_CLOEXEC);
  char byte;
  CHECK_ERRNO(read(pipe.read_end, &byte, 1), EAGAIN);
  const std::string block(4096, 'x');
  ssize_t total = 0;
  for (ssize_t size; (size = write(pipe.write_end, block.data(), block.size())) > 0;) total += size;
  CHECK_EQ(errno, EAGAIN);
  CHECK_EQ(total, 65536);
  CHECK_EQ(fcntl(pipe.write_end, F_GETPIPE_SZ), 65536);
  int ends[2];
  CHECK_ERRNO(pipe2(ends, O_APPEND), EINVAL);
  CHECK_ERRNO(syscall(SYS_pipe2, 8, 0), EFAULT);
}

CASE(a_large_write_waits_for_the_reader) {
  Pipe pipe;
  std::string sent(1 << 20, '\0');
  for (size_t index = 0; index < sent.size(); ++index) sent[index] = static_cast<char>(index * 31 >> 3);
  std::thread writer(
      [&] { CHECK_EQ(write(pipe.write_end, sent.data(), sent.size()), static_cast<ssize_t>(sent.size())); });
  std::string received;
  char bytes[10'000];
  while (received.size() < sent.size()) {
    const ssize_t size = read(pipe.read_end, bytes, sizeof(bytes));
    CHECK(size > 0);
    if (size <= 0) break;
    received.append(bytes, static_cast<size_t>(size));
  }
  writer.join();
  CHECK(received == sent);
}

CASE(small_writes_of_many_threads_do_not_mix) {
  Pipe pipe;
  constexpr int kThreads = 4, kWrites = 300;
  std::vector<std::thread> writers;
  for (int thread = 0; thread < kThreads; ++thread) {
    writers.emplace_back([&, thread] {
      const std::string message(1000, static_cast<char>('a' + thread));
      for (int index = 0; index < kWrites; ++index)
        CHECK_EQ(write(pipe.write_end, message.data(), 1000), 1000);
    });
  }
  std::string received;
  char bytes[65536];
  while (received.size() < kThreads * kWrites * 1000) {
    const ssize_t size = read(pipe.read_end, bytes, sizeof(bytes));
    if (size <= 0) break;
    received.append(bytes, static_cast<size_t>(size));
  }
  for (std::thread& writer : writers) writer.join();
  int counts[kThreads] = {};
  for (size_t start = 0; start + 1000 <= received.size(); start += 1000) {
    CHECK_EQ(received.substr(start, 1000), std::string(1000, received[start]));
    ++counts[received[start] - 'a'];
  }
  for (const int count : counts) CHECK_EQ(count, kWrites);
}

CASE(vectors_pass_through_pipes) {
  Pipe pipe;
  char one[] = "one", two[] = "two";
  const iovec out[] = {{one, 3}, {two, 3}};
  CHECK_EQ(writev(pipe.write_end, out, 2), 6);
  char a[4] = {}, b[4] = {};
  const iovec in[] = {{a, 2}, {b, 4}};
  CHECK_EQ(readv(pipe.read_end, in, 2), 6);
  CHECK_EQ(std::string(a, 2) + std::string(b, 4), "onetwo");
}

CASE(a_pipe_can_be_opened_again_through_proc) {
  Pipe pipe;
  const int again = open(("/proc/self/fd/" + std::to_string(pipe.write_end)).c_str(), O_WRONLY);
  CHECK(again >= 0);
  CHECK_EQ(write(again, "x", 1), 1);
  char byte;
  CHECK_EQ(read(pipe.read_end, &byte, 1), 1);
  close(again);
}
