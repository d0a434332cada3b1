// Renaming.
#include "check.h"

namespace {

int rename_with(const char* from, const char* to, unsigned flags) {
  return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags));
}

}  // namespace

CASE(rename_moves_and_replaces_files) {
  write_file("a", "a");
  write_file("b", "b");
  mkdir("d", 0755);
  CHECK_EQ(rename("a", "c"), 0);
  CHECK(!exists("a"));
  CHECK_EQ(syscall(SYS_rename, "c", "d/c"), 0);
  CHECK_EQ(syscall(SYS_renameat, AT_FDCWD, "d/c", AT_FDCWD, "b"), 0);
  CHECK_EQ(read_file("b"), "a");
  CHECK(!exists("d/c"));
  CHECK_ERRNO(rename("no", "x"), ENOENT);
  CHECK_ERRNO(rename("b", "no/x"), ENOENT);
}

CASE(rename_onto_the_same_file_does_nothing) {
  write_file("a", "x");
  link("a", "b");
  CHECK_EQ(rename("a", "b"), 0);
  CHECK(exists("a") && exists("b"));
  CHECK_EQ(rename("a", "a"), 0);
}

CASE(rename_moves_directories_with_all_in_them) {
  mkdir("a", 0755);
  mkdir("a/b", 0755);
  write_file("a/b/f", "x");
  mkdir("c", 0755);
  CHECK_EQ(rename("a/b", "c/b/"), 0);
  CHECK_EQ(read_file("c/b/f"), "x");
  CHECK_EQ(read_file("c/b/../b/f"), "x");
  struct stat status;
  CHECK_EQ(stat("a", &status), 0);
  CHECK_EQ(status.st_nlink, 2u);
  CHECK_EQ(stat("c", &status), 0);
  CHECK_EQ(status.st_nlink, 3u);
}

CASE(rename_replaces_an_empty_directory_only) {
  mkdir("a", 0755);
  mkdir("empty", 0755);
  mkdir("full", 0755);
  write_file("full/f", "x");
  write_file("file", "x");
  CHECK_ERRNO(rename("a", "full"), ENOTEMPTY);
  CHECK_ERRNO(rename("a", "file"), ENOTDIR);
  CHECK_ERRNO(rename("file", "a"), EISDIR);
  CHECK_EQ(rename("full", "empty"), 0);
  CHECK_EQ(read_file("empty/f"), "x");
}

CASE(rename_refuses_to_put_a_directory_into_itself) {
  mkdir("a", 0755);
  mkdir("a/b", 0755);
  CHECK_ERRNO(rename("a", "a/b/c"), EINVAL);
  CHECK_ERRNO(rename("a/b", "a"), ENOTEMPTY);
  CHECK_ERRNO(rename("a", "a/b"), EINVAL);
}

CASE(rename_refuses_special_names) {
  mkdir("a", 0755);
  write_file("f", "x");
  CHECK_ERRNO(rename("a/.", "b"), EBUSY);
  CHECK_ERRNO(rename("a", "."), EBUSY);
  CHECK_ERRNO(rename("a/..", "b"), EBUSY);
  CHECK_ERRNO(rename("/", "/b"), EBUSY);
  CHECK_ERRNO(rename("f/", "b"), ENOTDIR);
  CHECK_ERRNO(rename("f", "b/"), ENOTDIR);
}

CASE(rename_moves_a_link_not_its_target) {
  write_file("f", "x");
  symlink("f", "s");
  CHECK_EQ(rename("s", "t"), 0);
  struct stat status;
  CHECK_EQ(lstat("t", &status), 0);
  CHECK(S_ISLNK(status.st_mode));
  CHECK(exists("f"));
  write_file("g", "g");
  CHECK_EQ(rename("g", "t"), 0);
  CHECK_EQ(lstat("t", &status), 0);
  CHECK(S_ISREG(status.st_mode));
  CHECK_EQ(read_file("f"), "x");
}

CASE(noreplace_refuses_an_existing_name) {
  write_file("a", "a");
  write_file("b", "b");
  CHECK_ERRNO(rename_with("a", "b", RENAME_NOREPLACE), EEXIST);
  CHECK_ERRNO(rename_with("a", "a", RENAME_NOREPLACE), EEXIST);
  CHECK_EQ(rename_with("a", "c", RENAME_NOREPLACE), 0);
  CHECK_EQ(read_file("c"), "a");
}

CASE(exchange_swaps_names_of_any_kind) {
  write_file("a", "a");
  mkdir("d", 0755);
  mkdir("d/e", 0755);
  write_file("d/e/f", "f");
  CHECK_ERRNO(rename_with("a", "no", RENAME_EXCHANGE), ENOENT);
  CHECK_EQ(rename_with("a", "d/e", RENAME_EXCHANGE), 0);
  CHECK_EQ(read_file("d/e"), "a");
  CHECK_EQ(read_file("a/f"), "f");
  CHECK_EQ(read_file("a/../d/e"), "a");
  struct stat status;
  CHECK_EQ(stat("d", &status), 0);
  CHECK_EQ(status.st_nlink, 2u);
  CHECK_ERRNO(rename_with("a", "d", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
  CHECK_ERRNO(rename_with("a", "d", 1u << 20), EINVAL);
}

CASE(renamed_over_files_live_while_open) {
  write_file("old", "old");
  const int file = open("old", O_RDONLY);
  write_file("new", "new");
  CHECK_EQ(rename("new", "old"), 0);
  char bytes[8] = {};
  CHECK_EQ(read(file, bytes, 8), 3);
  CHECK_EQ(std::string(bytes), "old");
  struct stat status;
  CHECK_EQ(fstat(file, &status), 0);
  CHECK_EQ(status.st_nlink, 0u);
}
