// Hard and symbolic links.
#include "check.h"

namespace {

std::string target(const char* path) {
  char bytes[4096];
  const ssize_t size = readlink(path, bytes, sizeof(bytes));
  return size < 0 ? "?" : std::string(bytes, static_cast<size_t>(size));
}

nlink_t links(const char* path) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_nlink : 0;
}

}  // namespace

CASE(hard_links_share_the_file) {
  write_file("a", "x");
  CHECK_EQ(link("a", "b"), 0);
  CHECK_EQ(linkat(AT_FDCWD, "a", AT_FDCWD, "c", 0), 0);
  CHECK_EQ(links("a"), 3u);
  write_file("b", "new");
  CHECK_EQ(read_file("c"), "new");
  CHECK_EQ(unlink("a"), 0);
  CHECK_EQ(links("b"), 2u);
  struct stat one, other;
  CHECK_EQ(stat("b", &one), 0);
  CHECK_EQ(stat("c", &other), 0);
  CHECK_EQ(one.st_ino, other.st_ino);
}

CASE(hard_links_refuse_what_they_must) {
  write_file("a", "x");
  mkdir("d", 0755);
  CHECK_ERRNO(link("a", "a"), EEXIST);
  CHECK_ERRNO(link("no", "b"), ENOENT);
  CHECK_ERRNO(link("a", "no/b"), ENOENT);
  CHECK_ERRNO(link("a", "b/"), ENOENT);
  CHECK_ERRNO(link("d", "e"), EPERM);
  CHECK_ERRNO(linkat(AT_FDCWD, "a", AT_FDCWD, "b", 1), EINVAL);
}

CASE(legacy_link_calls_work_as_their_at_forms) {
  write_file("a", "x");
  CHECK_EQ(syscall(SYS_link, "a", "b"), 0);
  CHECK_EQ(syscall(SYS_symlink, "a", "s"), 0);
  char bytes[8];
  CHECK_EQ(syscall(SYS_readlink, "s", bytes, sizeof(bytes)), 1);
  CHECK_EQ(syscall(SYS_symlinkat, "b", AT_FDCWD, "t"), 0);
  CHECK_EQ(syscall(SYS_readlinkat, AT_FDCWD, "t", bytes, sizeof(bytes)), 1);
  CHECK_EQ(bytes[0], 'b');
}

CASE(symbolic_links_are_followed) {
  mkdir("d", 0755);
  write_file("d/f", "x");
  CHECK_EQ(symlink("d", "to_directory"), 0);
  CHECK_EQ(symlink("to_directory/f", "to_file"), 0);
  CHECK_EQ(read_file("to_file"), "x");
  CHECK_EQ(target("to_file"), "to_directory/f");
  struct stat status;
  CHECK_EQ(lstat("to_file", &status), 0);
  CHECK(S_ISLNK(status.st_mode));
  CHECK_EQ(status.st_size, 14);
  CHECK_EQ(lstat("to_directory/", &status), 0);
  CHECK(S_ISDIR(status.st_mode));
  CHECK_EQ(chdir("to_directory"), 0);
  CHECK_EQ(read_file("../to_file"), "x");
}

CASE(absolute_links_start_at_the_root) {
  char path[4096];
  CHECK(getcwd(path, sizeof(path)) != nullptr);
  write_file("f", "x");
  CHECK_EQ(symlink((std::string(path) + "/f").c_str(), "s"), 0);
  CHECK_EQ(read_file("s"), "x");
  CHECK_EQ(symlink("/", "root"), 0);
  CHECK_EQ(read_file("root" + std::string(path) + "/f"), "x");
}

CASE(a_dangling_link_can_be_written_through) {
  CHECK_EQ(symlink("f", "s"), 0);
  CHECK_ERRNO(open("s", O_RDONLY), ENOENT);
  CHECK_ERRNO(open("s", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  CHECK_ERRNO(mkdir("s", 0755), EEXIST);
  CHECK(write_file("s", "x"));
  CHECK_EQ(read_file("f"), "x");
}

CASE(nofollow_refuses_links) {
  write_file("f", "x");
  symlink("f", "s");
  symlink(".", "here");
  CHECK_ERRNO(open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
  CHECK_ERRNO(open("here", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
  CHECK(open("here/f", O_RDONLY | O_NOFOLLOW) >= 0);
  const int link = open("s", O_PATH | O_NOFOLLOW);
  CHECK(link >= 0);
  struct stat status;
  CHECK_EQ(fstat(link, &status), 0);
  CHECK(S_ISLNK(status.st_mode));
  char bytes[8];
  CHECK_EQ(readlinkat(link, "", bytes, sizeof(bytes)), 1);
  CHECK_ERRNO(read(link, bytes, 1), EBADF);
}

CASE(loops_and_long_chains_are_eloop) {
  symlink("b", "a");
  symlink("a", "b");
  CHECK_ERRNO(open("a", O_RDONLY), ELOOP);
  symlink("self", "self");
  CHECK_ERRNO(open("self/x", O_RDONLY), ELOOP);
  write_file("link0", "x");
  for (int index = 1; index <= 41; ++index) {
    symlink(("link" + std::to_string(index - 1)).c_str(), ("link" + std::to_string(index)).c_str());
  }
  CHECK_EQ(read_file("link40"), "x");
  CHECK_ERRNO(open("link41", O_RDONLY), ELOOP);
}

CASE(readlink_cuts_and_refuses) {
  symlink("target", "s");
  write_file("f", "x");
  char bytes[3];
  CHECK_EQ(readlink("s", bytes, 3), 3);
  CHECK_EQ(std::string(bytes, 3), "tar");
  CHECK_ERRNO(readlink("s", bytes, 0), EINVAL);
  CHECK_ERRNO(readlink("f", bytes, 3), EINVAL);
  CHECK_ERRNO(readlink("no", bytes, 3), ENOENT);
}

CASE(making_links_refuses_what_it_must) {
  write_file("f", "x");
  CHECK_ERRNO(symlink("x", "f"), EEXIST);
  CHECK_ERRNO(symlink("", "s"), ENOENT);
  CHECK_ERRNO(symlink("x", "s/"), ENOENT);
  CHECK_ERRNO(symlink("x", ""), ENOENT);
}

CASE(removing_a_link_leaves_its_target) {
  mkdir("d", 0755);
  symlink("d", "s");
  CHECK_ERRNO(rmdir("s"), ENOTDIR);
  CHECK_ERRNO(unlink("s/"), ENOTDIR);
  CHECK_EQ(unlink("s"), 0);
  CHECK(exists("d"));
}

CASE(a_link_to_a_link_names_the_link_or_its_target) {
  write_file("f", "x");
  char bytes[1];
  symlink("f", "s");
  CHECK_EQ(link("s", "same_link"), 0);
  CHECK_EQ(target("same_link"), "f");
  CHECK_EQ(linkat(AT_FDCWD, "s", AT_FDCWD, "file", AT_SYMLINK_FOLLOW), 0);
  CHECK_ERRNO(readlink("file", bytes, 1), EINVAL);
  CHECK_EQ(links("f"), 2u);
}
