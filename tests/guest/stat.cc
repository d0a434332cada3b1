// What is known of files: attributes, permissions, times.
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>

#include "check.h"

namespace {

struct stat status_of(const char* path) {
  struct stat status {};
  CHECK_EQ(stat(path, &status), 0);
  return status;
}

}  // namespace

CASE(all_forms_of_stat_agree) {
  write_file("f", "hello");
  symlink("f", "s");
  const int file = open("f", O_RDONLY);
  struct stat a {
  }, b{}, c{}, d{};
  CHECK_EQ(syscall(SYS_stat, "s", &a), 0);
  CHECK_EQ(syscall(SYS_fstat, file, &b), 0);
  CHECK_EQ(syscall(SYS_lstat, "f", &c), 0);
  CHECK_EQ(syscall(SYS_newfstatat, file, "", &d, AT_EMPTY_PATH), 0);
  CHECK_EQ(a.st_size, 5);
  CHECK(S_ISREG(a.st_mode));
  CHECK(a.st_ino == b.st_ino && b.st_ino == c.st_ino && c.st_ino == d.st_ino);
  CHECK(a.st_dev == b.st_dev && b.st_dev == c.st_dev && c.st_dev == d.st_dev);
  CHECK_EQ(a.st_nlink, 1u);
  CHECK_EQ(a.st_blksize, 4096);
  CHECK_EQ(a.st_uid, getuid());
  struct statx x {};
  CHECK_EQ(statx(AT_FDCWD, "s", 0, STATX_BASIC_STATS | STATX_BTIME, &x), 0);
  CHECK_EQ(x.stx_ino, a.st_ino);
  CHECK_EQ(x.stx_size, 5u);
  CHECK_EQ(x.stx_mode, a.st_mode);
  CHECK_EQ(x.stx_mtime.tv_sec, a.st_mtim.tv_sec);
  CHECK_EQ(x.stx_mtime.tv_nsec, a.st_mtim.tv_nsec);
  CHECK_EQ(makedev(x.stx_dev_major, x.stx_dev_minor), a.st_dev);
  CHECK_EQ(statx(AT_FDCWD, "s", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &x), 0);
  CHECK(S_ISLNK(x.stx_mode));
}

CASE(stat_refuses_what_it_must) {
  struct stat status;
  CHECK_ERRNO(stat("no", &status), ENOENT);
  CHECK_ERRNO(fstat(999, &status), EBADF);
  CHECK_ERRNO(syscall(SYS_newfstatat, AT_FDCWD, "", &status, 0), ENOENT);
  CHECK_ERRNO(syscall(SYS_newfstatat, AT_FDCWD, ".", &status, 1), EINVAL);
  CHECK_ERRNO(syscall(SYS_stat, ".", 8), EFAULT);
  struct statx x;
  CHECK_ERRNO(statx(AT_FDCWD, ".", 0, 0x80000000u, &x), EINVAL);
}

CASE(the_umask_takes_bits_from_new_files) {
  const mode_t before = umask(027);
  close(open("f", O_CREAT | O_RDWR, 0666));
  mkdir("d", 0777);
  CHECK_EQ(status_of("f").st_mode & 07777, 0640u);
  CHECK_EQ(status_of("d").st_mode & 07777, 0750u);
  CHECK_EQ(umask(before), 027u);
}

CASE(chmod_sets_permission_bits) {
  write_file("f", "x");
  symlink("f", "s");
  CHECK_EQ(chmod("s", 0600), 0);
  CHECK_EQ(status_of("f").st_mode, S_IFREG | 0600u);
  const int file = open("f", O_RDWR);
  CHECK_EQ(fchmod(file, 0751), 0);
  CHECK_EQ(status_of("f").st_mode & 07777, 0751u);
  CHECK_EQ(syscall(SYS_fchmodat, AT_FDCWD, "f", 0444), 0);
  CHECK_EQ(syscall(SYS_chmod, "f", 0644), 0);
  CHECK_EQ(status_of("f").st_mode & 07777, 0644u);
  CHECK_ERRNO(chmod("no", 0600), ENOENT);
  CHECK_ERRNO(fchmod(999, 0600), EBADF);
}

CASE(chown_to_oneself_is_allowed) {
  write_file("f", "x");
  symlink("f", "s");
  CHECK_EQ(syscall(SYS_chown, "f", getuid(), getgid()), 0);
  CHECK_EQ(lchown("s", getuid(), getgid()), 0);
  CHECK_EQ(fchown(open("f", O_RDONLY), getuid(), static_cast<gid_t>(-1)), 0);
  CHECK_EQ(fchownat(AT_FDCWD, "f", static_cast<uid_t>(-1), static_cast<gid_t>(-1), 0), 0);
  CHECK_ERRNO(chown("no", getuid(), getgid()), ENOENT);
  CHECK_ERRNO(fchownat(AT_FDCWD, "f", getuid(), getgid(), 1), EINVAL);
}

CASE(access_asks_for_existence_and_execution) {
  write_file("f", "x");
  CHECK_EQ(syscall(SYS_access, "f", F_OK), 0);
  CHECK_EQ(access("f", R_OK | W_OK), 0);
  chmod("f", 0644);
  CHECK_ERRNO(access("f", X_OK), EACCES);
  chmod("f", 0744);
  CHECK_EQ(syscall(SYS_faccessat, AT_FDCWD, "f", X_OK), 0);
  CHECK_EQ(access(".", X_OK), 0);
  CHECK_ERRNO(access("no", F_OK), ENOENT);
  CHECK_ERRNO(access("f", 8), EINVAL);
  symlink("no", "s");
  CHECK_ERRNO(access("s", F_OK), ENOENT);
  CHECK_EQ(faccessat(AT_FDCWD, "s", F_OK, AT_SYMLINK_NOFOLLOW), 0);
  CHECK_EQ(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS), 0);
}

CASE(utimensat_sets_keeps_and_refreshes_times) {
  write_file("f", "x");
  const timespec fixed[] = {{1'000'000'000, 123'456'789}, {-5, 999'999'999}};
  CHECK_EQ(utimensat(AT_FDCWD, "f", fixed, 0), 0);
  struct stat status = status_of("f");
  CHECK_EQ(status.st_atim.tv_sec, 1'000'000'000);
  CHECK_EQ(status.st_atim.tv_nsec, 123'456'789);
  CHECK_EQ(status.st_mtim.tv_sec, -5);
  CHECK_EQ(status.st_mtim.tv_nsec, 999'999'999);
  const timespec some[] = {{0, UTIME_OMIT}, {7, 0}};
  CHECK_EQ(futimens(open("f", O_RDONLY), some), 0);
  status = status_of("f");
  CHECK_EQ(status.st_atim.tv_sec, 1'000'000'000);
  CHECK_EQ(status.st_mtim.tv_sec, 7);
  CHECK_EQ(utimensat(AT_FDCWD, "f", nullptr, 0), 0);
  CHECK(status_of("f").st_mtim.tv_sec > 1'500'000'000);
  const timespec wrong[] = {{0, 0}, {0, 1'000'000'000}};
  CHECK_ERRNO(utimensat(AT_FDCWD, "f", wrong, 0), EINVAL);
  CHECK_ERRNO(utimensat(AT_FDCWD, "no", nullptr, 0), ENOENT);
}

CASE(writing_stamps_the_file_and_its_directory) {
  const timespec old[] = {{1000, 0}, {1000, 0}};
  write_file("f", "x");
  CHECK_EQ(utimensat(AT_FDCWD, "f", old, 0), 0);
  CHECK_EQ(utimensat(AT_FDCWD, ".", old, 0), 0);
  const int file = open("f", O_RDWR);
  CHECK_EQ(write(file, "y", 1), 1);
  CHECK(status_of("f").st_mtim.tv_sec > 1000);
  CHECK_EQ(status_of(".").st_mtim.tv_sec, 1000);
  write_file("g", "x");
  CHECK(status_of(".").st_mtim.tv_sec > 1000);
  CHECK_EQ(utimensat(AT_FDCWD, "f", old, 0), 0);
  CHECK(status_of("f").st_ctim.tv_sec > 1000);
  char byte;
  CHECK_EQ(pread(file, &byte, 1, 0), 1);
  CHECK(status_of("f").st_atim.tv_sec > 1000);
}

CASE(statfs_describes_the_file_system) {
  struct statfs a {
  }, b{};
  CHECK_EQ(statfs(".", &a), 0);
  CHECK_EQ(fstatfs(open(".", O_RDONLY), &b), 0);
  CHECK_EQ(a.f_type, b.f_type);
  CHECK(a.f_bsize > 0 && a.f_blocks >= a.f_bfree);
  CHECK_EQ(a.f_namelen, 255);
  CHECK_ERRNO(statfs("no", &a), ENOENT);
  CHECK_ERRNO(fstatfs(999, &a), EBADF);
}
