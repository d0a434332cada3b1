// Descriptors: duplicates, flags, locks, limits.
#include <linux/close_range.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <termios.h>

#include <thread>

#include "check.h"

namespace {

int make(const char* path, const std::string& text) {
  write_file(path, text);
  return open(path, O_RDWR);
}

bool is_open(int descriptor) {
  return fcntl(descriptor, F_GETFD) >= 0;
}

}  // namespace

CASE(duplicates_share_position_and_status_flags) {
  const int file = make("f", "abcdef");
  const int copy = dup(file);
  CHECK(copy > file);
  char bytes[4] = {};
  CHECK_EQ(read(file, bytes, 2), 2);
  CHECK_EQ(read(copy, bytes, 2), 2);
  CHECK_EQ(std::string(bytes), "cd");
  CHECK_EQ(fcntl(copy, F_SETFL, O_APPEND | O_NONBLOCK), 0);
  CHECK_EQ(fcntl(file, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE), O_APPEND | O_NONBLOCK | O_RDWR);
  CHECK_EQ(close(file), 0);
  CHECK_EQ(read(copy, bytes, 1), 1);
  const int other = open("f", O_RDONLY);
  CHECK_EQ(lseek(other, 0, SEEK_CUR), 0);
  CHECK_EQ(fcntl(other, F_GETFL) & O_APPEND, 0);
}

CASE(the_lowest_number_is_given) {
  const int first = dup(0);
  const int second = dup(0);
  CHECK_EQ(second, first + 1);
  close(first);
  CHECK_EQ(dup(0), first);
  const int high = fcntl(0, F_DUPFD, 100);
  CHECK_EQ(high, 100);
  CHECK_EQ(fcntl(0, F_DUPFD, 100), 101);
  close(100);
  close(101);
  CHECK_ERRNO(fcntl(0, F_DUPFD, -1), EINVAL);
  CHECK_ERRNO(dup(999), EBADF);
}

CASE(dup2_and_dup3_take_a_number) {
  const int file = make("f", "abc");
  CHECK_EQ(syscall(SYS_dup2, file, 50), 50);
  CHECK_EQ(syscall(SYS_dup2, file, file), file);
  CHECK_ERRNO(dup2(999, 999), EBADF);
  CHECK_ERRNO(dup2(999, 50), EBADF);
  CHECK(is_open(50));
  const int other = make("g", "xyz");
  CHECK_EQ(dup3(other, 50, O_CLOEXEC), 50);
  CHECK_EQ(fcntl(50, F_GETFD), FD_CLOEXEC);
  char byte = 0;
  CHECK_EQ(read(50, &byte, 1), 1);
  CHECK_EQ(byte, 'x');
  CHECK_ERRNO(dup3(other, other, 0), EINVAL);
  CHECK_ERRNO(dup3(other, 51, 1), EINVAL);
  CHECK_ERRNO(dup2(other, -1), EBADF);
  CHECK_ERRNO(dup2(other, 1 << 30), EBADF);
  close(50);
}

CASE(close_on_exec_belongs_to_the_descriptor) {
  const int file = make("f", "x");
  CHECK_EQ(fcntl(file, F_GETFD), 0);
  CHECK_EQ(fcntl(file, F_SETFD, FD_CLOEXEC), 0);
  CHECK_EQ(fcntl(dup(file), F_GETFD), 0);
  CHECK_EQ(fcntl(fcntl(file, F_DUPFD_CLOEXEC, 0), F_GETFD), FD_CLOEXEC);
  CHECK_EQ(fcntl(open("f", O_RDONLY | O_CLOEXEC), F_GETFD), FD_CLOEXEC);
  CHECK_EQ(ioctl(file, FIONCLEX), 0);
  CHECK_EQ(fcntl(file, F_GETFD), 0);
  CHECK_EQ(ioctl(file, FIOCLEX), 0);
  CHECK_EQ(fcntl(file, F_GETFD), FD_CLOEXEC);
  CHECK_EQ(fcntl(file, F_GETFL) & O_CLOEXEC, 0);
}

CASE(close_range_closes_and_marks) {
  for (int number = 60; number < 70; ++number) CHECK_EQ(dup2(0, number), number);
  CHECK_EQ(syscall(SYS_close_range, 62, 64, 0), 0);
  CHECK(is_open(61) && !is_open(62) && !is_open(64) && is_open(65));
  CHECK_EQ(syscall(SYS_close_range, 60, ~0u, CLOSE_RANGE_CLOEXEC), 0);
  CHECK_EQ(fcntl(69, F_GETFD), FD_CLOEXEC);
  CHECK_EQ(syscall(SYS_close_range, 60, ~0u, 0), 0);
  CHECK(!is_open(69));
  CHECK_ERRNO(syscall(SYS_close_range, 2, 1, 0), EINVAL);
  CHECK_ERRNO(syscall(SYS_close_range, 60, 61, 1), EINVAL);
}

CASE(path_descriptors_name_but_do_not_open) {
  write_file("f", "x");
  const int path = open("f", O_PATH);
  CHECK(path >= 0);
  char byte;
  CHECK_ERRNO(read(path, &byte, 1), EBADF);
  CHECK_ERRNO(fchmod(path, 0600), EBADF);
  CHECK_ERRNO(lseek(path, 0, SEEK_SET), EBADF);
  CHECK_EQ(fcntl(path, F_GETFL) & O_PATH, O_PATH);
  struct stat status;
  CHECK_EQ(fstat(path, &status), 0);
  CHECK_EQ(close(dup(path)), 0);
  const int file = open(("/proc/self/fd/" + std::to_string(path)).c_str(), O_RDONLY);
  CHECK_EQ(read(file, &byte, 1), 1);
}

CASE(proc_self_fd_shows_and_reopens) {
  write_file("f", "abc");
  const int file = open("f", O_RDONLY);
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  char bytes[4096], here[4096];
  const ssize_t size = readlink(path.c_str(), bytes, sizeof(bytes));
  CHECK(getcwd(here, sizeof(here)) != nullptr && size > 0);
  CHECK_EQ(std::string(bytes, static_cast<size_t>(size)), std::string(here) + "/f");
  CHECK_EQ(read(file, bytes, 2), 2);
  const int again = open(path.c_str(), O_RDWR);
  CHECK_EQ(read(again, bytes, 3), 3);
  unlink("f");
  CHECK_EQ(read_file("/dev/fd/" + std::to_string(file)), "abc");
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    found = found || entry.path().filename() == std::to_string(file);
  }
  CHECK(found);
  close(file);
  CHECK_ERRNO(open(path.c_str(), O_RDONLY), ENOENT);
}

CASE(record_locks_of_one_process_never_conflict) {
  const int file = make("f", "abc");
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  CHECK_EQ(fcntl(file, F_SETLK, &lock), 0);
  const int other = open("f", O_RDWR);
  CHECK_EQ(fcntl(other, F_SETLKW, &lock), 0);
  CHECK_EQ(fcntl(other, F_GETLK, &lock), 0);
  CHECK_EQ(lock.l_type, F_UNLCK);
  lock.l_type = F_WRLCK;
  CHECK_ERRNO(fcntl(open("f", O_RDONLY), F_SETLK, &lock), EBADF);
  lock.l_type = 9;
  CHECK_ERRNO(fcntl(file, F_SETLK, &lock), EINVAL);
}

CASE(flock_excludes_other_openings) {
  const int one = make("f", "abc");
  const int two = open("f", O_RDONLY);
  CHECK_EQ(flock(one, LOCK_SH), 0);
  CHECK_EQ(flock(two, LOCK_SH), 0);
  CHECK_ERRNO(flock(one, LOCK_EX | LOCK_NB), EAGAIN);
  CHECK_EQ(flock(two, LOCK_UN), 0);
  CHECK_EQ(flock(one, LOCK_EX), 0);
  CHECK_ERRNO(flock(two, LOCK_SH | LOCK_NB), EAGAIN);
  std::thread waiter([&] { CHECK_EQ(flock(two, LOCK_EX), 0); });
  usleep(20'000);
  CHECK_EQ(close(one), 0);
  waiter.join();
  CHECK_ERRNO(flock(two, 16), EINVAL);
}

CASE(no_more_descriptors_than_the_limit) {
  rlimit before;
  CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  const int next = dup(0);
  close(next);
  few.rlim_cur = static_cast<rlim_t>(next) + 5;
  CHECK_EQ(syscall(SYS_setrlimit, RLIMIT_NOFILE, &few), 0);
  std::vector<int> made;
  int descriptor;
  while ((descriptor = dup(0)) >= 0) made.push_back(descriptor);
  CHECK_EQ(errno, EMFILE);
  CHECK(!made.empty() && made.back() < next + 5);
  CHECK_ERRNO(open("f", O_CREAT | O_RDWR, 0644), EMFILE);
  CHECK(!exists("f"));
  int ends[2];
  CHECK_ERRNO(pipe(ends), EMFILE);
  for (const int number : made) close(number);
  CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

CASE(files_are_no_terminals) {
  const int file = make("f", "abc");
  termios settings;
  CHECK_ERRNO(tcgetattr(file, &settings), ENOTTY);
  winsize size;
  CHECK_ERRNO(ioctl(file, TIOCGWINSZ, &size), ENOTTY);
  CHECK_EQ(isatty(file), 0);
  int left = 0;
  CHECK_EQ(lseek(file, 1, SEEK_SET), 1);
  CHECK_EQ(ioctl(file, FIONREAD, &left), 0);
  CHECK_EQ(left, 2);
  int on = 1;
  CHECK_EQ(ioctl(file, FIONBIO, &on), 0);
  CHECK(fcntl(file, F_GETFL) & O_NONBLOCK);
  CHECK_ERRNO(ioctl(999, FIONREAD, &left), EBADF);
}

CASE(memory_files_are_files_without_a_name) {
  const int file = memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  CHECK(file >= 0);
  CHECK_EQ(write(file, "abc", 3), 3);
  struct stat status;
  CHECK_EQ(fstat(file, &status), 0);
  CHECK_EQ(status.st_nlink, 0u);
  CHECK_EQ(status.st_size, 3);
  CHECK_EQ(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
  CHECK_ERRNO(ftruncate(file, 1), EPERM);
  CHECK_ERRNO(ftruncate(file, 9), EPERM);
  CHECK_EQ(pwrite(file, "X", 1, 0), 1);
  CHECK_EQ(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL), 0);
  CHECK_ERRNO(pwrite(file, "X", 1, 0), EPERM);
  CHECK_EQ(fcntl(file, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  CHECK_ERRNO(fcntl(file, F_ADD_SEALS, F_SEAL_GROW), EPERM);
  CHECK_EQ(fcntl(memfd_create("x", 0), F_GET_SEALS), F_SEAL_SEAL);
  CHECK_ERRNO(memfd_create(std::string(250, 'n').c_str(), 0), EINVAL);
}
