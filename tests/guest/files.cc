// Reading, writing and sizing regular files.
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/uio.h>

#include "check.h"

namespace {

int make(const char* path, const std::string& text = "", int flags = O_RDWR | O_CREAT | O_TRUNC) {
  const int file = open(path, flags, 0644);
  if (!text.empty() && write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return -1;
  return file;
}

std::string from_start(int file) {
  char bytes[256];
  const ssize_t size = pread(file, bytes, sizeof(bytes), 0);
  return size < 0 ? "?" : std::string(bytes, static_cast<size_t>(size));
}

}  // namespace

CASE(read_and_write_move_the_position) {
  const int file = make("f", "hello world");
  CHECK_EQ(lseek(file, 0, SEEK_CUR), 11);
  CHECK_EQ(lseek(file, 6, SEEK_SET), 6);
  char bytes[16] = {};
  CHECK_EQ(read(file, bytes, 3), 3);
  CHECK_EQ(std::string(bytes), "wor");
  CHECK_EQ(write(file, "LD!", 3), 3);
  CHECK_EQ(read(file, bytes, 1), 0);
  CHECK_EQ(from_start(file), "hello worLD!");
  CHECK_EQ(read(file, bytes, 0), 0);
  CHECK_EQ(write(file, "", 0), 0);
  CHECK_EQ(close(file), 0);
}

CASE(open_syscall_and_creat_syscall_work_as_openat) {
  const long made = syscall(SYS_creat, "f", 0600);
  CHECK(made >= 0);
  CHECK_EQ(write(static_cast<int>(made), "x", 1), 1);
  char byte;
  CHECK_ERRNO(read(static_cast<int>(made), &byte, 1), EBADF);
  const long opened = syscall(SYS_open, "f", O_RDONLY);
  CHECK(opened >= 0);
  CHECK_EQ(read(static_cast<int>(opened), &byte, 1), 1);
  CHECK_ERRNO(write(static_cast<int>(opened), "x", 1), EBADF);
  CHECK_EQ(syscall(SYS_close, opened), 0);
  CHECK_ERRNO(syscall(SYS_close, opened), EBADF);
  CHECK_EQ(close(static_cast<int>(made)), 0);
}

CASE(open_flags_decide_what_is_made) {
  CHECK_ERRNO(open("f", O_RDONLY), ENOENT);
  close(make("f", "abc"));
  CHECK_ERRNO(open("f", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  CHECK_ERRNO(open("f/", O_RDONLY), ENOTDIR);
  CHECK_ERRNO(open("f/x", O_RDONLY), ENOTDIR);
  CHECK_ERRNO(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
  CHECK_ERRNO(open(".", O_WRONLY), EISDIR);
  CHECK_ERRNO(open(".", O_RDONLY | O_CREAT, 0644), EISDIR);
  CHECK_ERRNO(open("new/", O_RDWR | O_CREAT, 0644), EISDIR);
  CHECK_ERRNO(open("no/f", O_RDWR | O_CREAT, 0644), ENOENT);
  CHECK_ERRNO(open("", O_RDONLY), ENOENT);
  CHECK_ERRNO(open(std::string(256, 'n').c_str(), O_RDONLY), ENAMETOOLONG);
  CHECK_ERRNO(open(std::string(5000, '/').c_str(), O_RDONLY), ENAMETOOLONG);
  CHECK_ERRNO(syscall(SYS_openat, AT_FDCWD, 8, O_RDONLY), EFAULT);
  CHECK_EQ(read_file("f"), "abc");
  close(open("f", O_WRONLY | O_TRUNC));
  CHECK_EQ(read_file("f"), "");
}

CASE(openat_starts_at_its_descriptor) {
  mkdir("d", 0755);
  const int directory = open("d", O_RDONLY | O_DIRECTORY);
  const int file = openat(directory, "f", O_RDWR | O_CREAT, 0644);
  CHECK(file >= 0);
  CHECK(exists("d/f"));
  CHECK_ERRNO(openat(file, "g", O_RDONLY), ENOTDIR);
  CHECK_ERRNO(openat(999, "g", O_RDONLY), EBADF);
  CHECK(openat(999, "/dev/null", O_RDONLY) >= 0);
  close(file);
  close(directory);
}

CASE(append_writes_at_the_end_wherever_the_position_is) {
  const int file = make("f", "abc");
  const int appender = open("f", O_WRONLY | O_APPEND);
  CHECK_EQ(lseek(appender, 0, SEEK_SET), 0);
  CHECK_EQ(write(appender, "d", 1), 1);
  CHECK_EQ(lseek(appender, 0, SEEK_CUR), 4);
  CHECK_EQ(write(file, "E", 1), 1);
  CHECK_EQ(write(appender, "f", 1), 1);
  CHECK_EQ(from_start(file), "abcEf");
  // The manual calls this one a bug of Linux; programs know it.
  CHECK_EQ(pwrite(appender, "g", 1, 0), 1);
  CHECK_EQ(from_start(file), "abcEfg");
}

CASE(pread_and_pwrite_leave_the_position) {
  const int file = make("f", "abcdef");
  CHECK_EQ(pwrite(file, "XY", 2, 1), 2);
  char bytes[8] = {};
  CHECK_EQ(pread(file, bytes, 4, 0), 4);
  CHECK_EQ(std::string(bytes), "aXYd");
  CHECK_EQ(lseek(file, 0, SEEK_CUR), 6);
  CHECK_ERRNO(pread(file, bytes, 1, -1), EINVAL);
  CHECK_ERRNO(pwrite(file, bytes, 1, -1), EINVAL);
  CHECK_EQ(pread(file, bytes, 4, 100), 0);
}

CASE(vectors_gather_and_scatter) {
  const int file = make("f");
  char one[] = "one", two[] = "two!", none[] = "";
  const iovec out[] = {{one, 3}, {none, 0}, {two, 4}};
  CHECK_EQ(writev(file, out, 3), 7);
  CHECK_EQ(pwritev(file, out, 1, 7), 3);
  char a[2] = {}, b[16] = {};
  const iovec in[] = {{a, 2}, {b, 16}};
  CHECK_EQ(preadv(file, in, 2, 0), 10);
  CHECK_EQ(std::string(a, 2) + b, "onetwo!one");
  CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
  CHECK_EQ(readv(file, in, 2), 10);
  CHECK_EQ(readv(file, in, 0), 0);
  CHECK_ERRNO(syscall(SYS_readv, file, in, -1), EINVAL);
  std::vector<iovec> many(1025, iovec{one, 1});
  CHECK_ERRNO(writev(file, many.data(), 1025), EINVAL);
  CHECK_EQ(writev(file, many.data(), 1024), 1024);
  const iovec wrong[] = {{one, SIZE_MAX}};
  CHECK_ERRNO(writev(file, wrong, 1), EINVAL);
}

CASE(bad_buffers_are_efault) {
  const int file = make("f", "abc");
  CHECK_ERRNO(syscall(SYS_pread64, file, 8, 3, 0), EFAULT);
  CHECK_ERRNO(syscall(SYS_write, file, 8, 3), EFAULT);
  CHECK_EQ(from_start(file), "abc");
  CHECK_ERRNO(syscall(SYS_readv, file, 8, 1), EFAULT);
}

CASE(seek_knows_every_whence) {
  const int file = make("f", "0123456789");
  CHECK_EQ(lseek(file, -3, SEEK_END), 7);
  CHECK_EQ(lseek(file, 1, SEEK_CUR), 8);
  CHECK_EQ(lseek(file, 5, SEEK_END), 15);
  CHECK_ERRNO(lseek(file, -1, SEEK_SET), EINVAL);
  CHECK_ERRNO(lseek(file, -11, SEEK_END), EINVAL);
  CHECK_ERRNO(lseek(file, 0, 99), EINVAL);
  CHECK_EQ(lseek(file, 0, SEEK_CUR), 15);
  CHECK_EQ(write(file, "x", 1), 1);
  CHECK_EQ(from_start(file), std::string("0123456789\0\0\0\0\0x", 16));
}

CASE(holes_read_as_zeros_and_can_be_found) {
  const int file = make("f");
  CHECK_EQ(pwrite(file, "x", 1, 1 << 20), 1);
  struct stat status;
  CHECK_EQ(fstat(file, &status), 0);
  CHECK_EQ(status.st_size, (1 << 20) + 1);
  CHECK(status.st_blocks * 512 < 1 << 20);
  CHECK_EQ(lseek(file, 0, SEEK_DATA), 1 << 20);
  CHECK_EQ(lseek(file, 0, SEEK_HOLE), 0);
  CHECK_EQ(lseek(file, 1 << 20, SEEK_HOLE), (1 << 20) + 1);
  CHECK_ERRNO(lseek(file, 2 << 20, SEEK_DATA), ENXIO);
  CHECK_ERRNO(lseek(file, -1, SEEK_DATA), ENXIO);
  char bytes[64];
  memset(bytes, 1, sizeof(bytes));
  CHECK_EQ(pread(file, bytes, 64, 5000), 64);
  CHECK_EQ(std::string(bytes, 64), std::string(64, '\0'));
}

CASE(truncate_cuts_and_extends) {
  const int file = make("f", "abcdef");
  CHECK_EQ(ftruncate(file, 3), 0);
  CHECK_EQ(truncate("f", 5), 0);
  CHECK_EQ(from_start(file), std::string("abc\0\0", 5));
  CHECK_ERRNO(ftruncate(file, -1), EINVAL);
  CHECK_ERRNO(truncate("f", -1), EINVAL);
  CHECK_ERRNO(truncate("no", 1), ENOENT);
  CHECK_ERRNO(truncate(".", 1), EISDIR);
  const int reader = open("f", O_RDONLY);
  CHECK_ERRNO(ftruncate(reader, 1), EINVAL);
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_ERRNO(ftruncate(ends[1], 1), EINVAL);
}

CASE(advice_about_files_is_checked_and_taken) {
  const int file = make("f", "abc");
  CHECK_EQ(posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
  CHECK_EQ(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
  CHECK_EQ(posix_fadvise(file, 0, 0, 99), EINVAL);
  CHECK_EQ(posix_fadvise(file, 0, -1, POSIX_FADV_NORMAL), EINVAL);
  CHECK_EQ(posix_fadvise(1000, 0, 0, POSIX_FADV_NORMAL), EBADF);
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
}

CASE(fallocate_reserves_extends_and_punches) {
  const int file = make("f", std::string(12'288, 'a'));
  struct stat status;
  CHECK_EQ(fallocate(file, 0, 0, 20'000), 0);
  CHECK_EQ(fstat(file, &status), 0);
  CHECK_EQ(status.st_size, 20'000);
  CHECK_EQ(fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 40'000), 0);
  CHECK_EQ(fstat(file, &status), 0);
  CHECK_EQ(status.st_size, 20'000);
  CHECK_EQ(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000, 8000), 0);
  char bytes[4] = {};
  CHECK_EQ(pread(file, bytes, 4, 998), 4);
  CHECK_EQ(std::string(bytes, 4), std::string("aa\0\0", 4));
  CHECK_EQ(pread(file, bytes, 4, 8998), 4);
  CHECK_EQ(std::string(bytes, 4), std::string("\0\0aa", 4));
  CHECK_ERRNO(fallocate(file, 0, -1, 1), EINVAL);
  CHECK_ERRNO(fallocate(file, 0, 0, 0), EINVAL);
  CHECK_ERRNO(fallocate(file, FALLOC_FL_PUNCH_HOLE, 0, 1), EOPNOTSUPP);
  CHECK_ERRNO(fallocate(open("f", O_RDONLY), 0, 0, 1), EBADF);
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_ERRNO(fallocate(ends[1], 0, 0, 1), ESPIPE);
}

CASE(an_unlinked_file_lives_while_it_is_open) {
  const int file = make("f", "abc");
  CHECK_EQ(unlink("f"), 0);
  CHECK(!exists("f"));
  struct stat status;
  CHECK_EQ(fstat(file, &status), 0);
  CHECK_EQ(status.st_nlink, 0u);
  CHECK_EQ(from_start(file), "abc");
  CHECK_EQ(write(file, "d", 1), 1);
  CHECK_EQ(from_start(file), "abcd");
}

CASE(temporary_files_have_no_name_until_they_are_linked) {
  const int file = open(".", O_TMPFILE | O_RDWR, 0600);
  CHECK(file >= 0);
  CHECK_EQ(write(file, "abc", 3), 3);
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  CHECK_EQ(linkat(AT_FDCWD, path.c_str(), AT_FDCWD, "named", AT_SYMLINK_FOLLOW), 0);
  CHECK_EQ(read_file("named"), "abc");
  CHECK_ERRNO(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
}

CASE(sendfile_copies_from_a_file) {
  const int in = make("in", "hello world");
  const int out = make("out");
  off_t offset = 6;
  CHECK_EQ(sendfile(out, in, &offset, 100), 5);
  CHECK_EQ(offset, 11);
  CHECK_EQ(lseek(in, 0, SEEK_SET), 0);
  CHECK_EQ(sendfile(out, in, nullptr, 5), 5);
  CHECK_EQ(lseek(in, 0, SEEK_CUR), 5);
  CHECK_EQ(from_start(out), "worldhello");
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(sendfile(ends[1], in, nullptr, 6), 6);
  char bytes[8] = {};
  CHECK_EQ(read(ends[0], bytes, 8), 6);
  CHECK_EQ(std::string(bytes), " world");
  CHECK_ERRNO(sendfile(open("in", O_RDONLY), in, nullptr, 1), EBADF);
}

CASE(copy_file_range_copies_between_offsets) {
  const int in = make("in", std::string(50'000, 'a') + "tail");
  const int out = make("out");
  off_t from = 10, to = 5;
  CHECK_EQ(copy_file_range(in, &from, out, &to, 100'000, 0), 49'994);
  CHECK_EQ(from, 50'004);
  CHECK_EQ(to, 49'999);
  CHECK_EQ(read_file("out").substr(49'993), "aatail");
  off_t start = 0, overlap = 5;
  CHECK_ERRNO(copy_file_range(in, &start, in, &overlap, 10, 0), EINVAL);
  CHECK_ERRNO(copy_file_range(in, nullptr, out, nullptr, 10, 1), EINVAL);
  CHECK_ERRNO(copy_file_range(in, nullptr, open("out", O_WRONLY | O_APPEND), nullptr, 10, 0), EBADF);
}

CASE(syncing_succeeds_on_files_only) {
  const int file = make("f", "x");
  CHECK_EQ(fsync(file), 0);
  CHECK_EQ(fdatasync(file), 0);
  CHECK_EQ(syncfs(file), 0);
  sync();
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_ERRNO(fsync(ends[0]), EINVAL);
  CHECK_ERRNO(fsync(999), EBADF);
}

CASE(a_private_mapping_is_a_copy_of_the_file) {
  const int file = make("f", "mapped");
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  CHECK(memory != MAP_FAILED);
  if (memory == MAP_FAILED) return;
  CHECK_EQ(std::string(static_cast<char*>(memory)), "mapped");
  memcpy(memory, "MAPPED", 6);
  CHECK_EQ(from_start(file), "mapped");
  CHECK_EQ(munmap(memory, 4096), 0);
}

CASE(large_files_keep_every_byte) {
  const int file = make("f");
  std::string block(1 << 16, '\0');
  for (int index = 0; index < 64; ++index) {
    for (size_t at = 0; at < block.size(); ++at)
      block[at] = static_cast<char>(at * 7 + static_cast<size_t>(index));
    CHECK_EQ(write(file, block.data(), block.size()), static_cast<ssize_t>(block.size()));
  }
  for (int index = 63; index >= 0; --index) {
    std::string found(block.size(), '\0');
    for (size_t at = 0; at < block.size(); ++at)
      block[at] = static_cast<char>(at * 7 + static_cast<size_t>(index));
    CHECK_EQ(pread(file, found.data(), found.size(), index << 16), static_cast<ssize_t>(found.size()));
    CHECK(found == block);
  }
}
