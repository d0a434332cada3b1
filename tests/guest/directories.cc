// Directories: making, removing, listing, and standing in one.
#include <dirent.h>

#include <algorithm>
#include <map>
#include <set>

#include "check.h"

namespace {

std::map<std::string, unsigned char> list(const char* path) {
  std::map<std::string, unsigned char> found;
  DIR* directory = opendir(path);
  if (directory == nullptr) return found;
  while (const dirent* entry = readdir(directory)) found[entry->d_name] = entry->d_type;
  closedir(directory);
  return found;
}

std::string here() {
  char path[4096];
  return getcwd(path, sizeof(path)) == nullptr ? "?" : path;
}

}  // namespace

CASE(mkdir_and_rmdir_count_links) {
  CHECK_EQ(mkdir("d", 0755), 0);
  CHECK_ERRNO(mkdir("d", 0755), EEXIST);
  CHECK_ERRNO(mkdir("no/d", 0755), ENOENT);
  CHECK_EQ(mkdirat(AT_FDCWD, "d/e/", 0700), 0);
  struct stat status;
  CHECK_EQ(stat("d", &status), 0);
  CHECK_EQ(status.st_nlink, 3u);
  CHECK(S_ISDIR(status.st_mode));
  CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
  CHECK_EQ(rmdir("d/e/"), 0);
  CHECK_EQ(stat("d", &status), 0);
  CHECK_EQ(status.st_nlink, 2u);
  CHECK_EQ(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR), 0);
  CHECK_ERRNO(rmdir("d"), ENOENT);
}

CASE(legacy_calls_work_as_their_at_forms) {
  CHECK_EQ(syscall(SYS_mkdir, "d", 0755), 0);
  CHECK(write_file("d/f", "x"));
  CHECK_EQ(syscall(SYS_unlink, "d/f"), 0);
  CHECK_EQ(syscall(SYS_rmdir, "d"), 0);
  CHECK_EQ(syscall(SYS_mknod, "n", S_IFREG | 0644, 0), 0);
  CHECK_EQ(syscall(SYS_mknodat, AT_FDCWD, "m", 0644, 0), 0);
  CHECK_ERRNO(syscall(SYS_mknod, "n", S_IFREG | 0644, 0), EEXIST);
  CHECK(exists("n") && exists("m"));
}

CASE(removal_refuses_the_wrong_kind_and_special_names) {
  mkdir("d", 0755);
  write_file("f", "x");
  CHECK_ERRNO(rmdir("f"), ENOTDIR);
  CHECK_ERRNO(unlink("d"), EISDIR);
  CHECK_ERRNO(unlink("f/"), ENOTDIR);
  CHECK_ERRNO(rmdir("d/."), EINVAL);
  CHECK_ERRNO(rmdir("d/.."), ENOTEMPTY);
  CHECK_ERRNO(rmdir("/"), EBUSY);
  CHECK_ERRNO(unlink("."), EISDIR);
  CHECK_ERRNO(mkdir(".", 0755), EEXIST);
  CHECK_ERRNO(mkdir("f/d", 0755), ENOTDIR);
  CHECK_ERRNO(unlinkat(AT_FDCWD, "f", 1), EINVAL);
}

CASE(listing_shows_names_and_types) {
  mkdir("d", 0755);
  write_file("f", "x");
  CHECK_EQ(symlink("f", "s"), 0);
  const auto found = list(".");
  CHECK_EQ(found.size(), 5u);
  CHECK_EQ(found.at("."), DT_DIR);
  CHECK_EQ(found.at(".."), DT_DIR);
  CHECK_EQ(found.at("d"), DT_DIR);
  CHECK_EQ(found.at("f"), DT_REG);
  CHECK_EQ(found.at("s"), DT_LNK);
}

CASE(listing_survives_removal_on_the_way_and_many_entries) {
  constexpr int kCount = 3000;
  for (int index = 0; index < kCount; ++index)
    close(open(("file" + std::to_string(index)).c_str(), O_CREAT | O_RDWR, 0644));
  CHECK_EQ(list(".").size(), kCount + 2u);
  DIR* directory = opendir(".");
  std::set<std::string> seen;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    CHECK(seen.insert(entry->d_name).second);
    CHECK_EQ(unlink(entry->d_name), 0);
  }
  closedir(directory);
  CHECK_EQ(seen.size(), static_cast<size_t>(kCount));
  CHECK_EQ(list(".").size(), 2u);
}

CASE(rewinding_a_listing_starts_it_again) {
  write_file("f", "x");
  DIR* directory = opendir(".");
  int first = 0, second = 0;
  while (readdir(directory) != nullptr) ++first;
  rewinddir(directory);
  while (readdir(directory) != nullptr) ++second;
  closedir(directory);
  CHECK_EQ(first, 3);
  CHECK_EQ(second, 3);
}

CASE(getdents64_refuses_files_and_small_buffers) {
  write_file("f", "x");
  char bytes[1024];
  CHECK_ERRNO(syscall(SYS_getdents64, open("f", O_RDONLY), bytes, sizeof(bytes)), ENOTDIR);
  CHECK_ERRNO(syscall(SYS_getdents64, open(".", O_RDONLY), bytes, 8), EINVAL);
  CHECK_ERRNO(read(open(".", O_RDONLY), bytes, 8), EISDIR);
}

CASE(the_working_directory_moves) {
  const std::string start = here();
  mkdir("a", 0755);
  mkdir("a/b", 0755);
  CHECK_EQ(chdir("a/b"), 0);
  CHECK_EQ(here(), start + "/a/b");
  CHECK_EQ(chdir(".."), 0);
  CHECK_EQ(here(), start + "/a");
  const int above = open("..", O_RDONLY | O_DIRECTORY);
  CHECK_EQ(fchdir(above), 0);
  CHECK_EQ(here(), start);
  write_file("f", "x");
  CHECK_ERRNO(chdir("f"), ENOTDIR);
  CHECK_ERRNO(chdir("no"), ENOENT);
  CHECK_ERRNO(fchdir(open("f", O_RDONLY)), ENOTDIR);
  char small[3];
  CHECK_ERRNO(syscall(SYS_getcwd, small, sizeof(small)), ERANGE);
  CHECK_EQ(chdir("/"), 0);
  CHECK_EQ(here(), "/");
  CHECK_EQ(chdir("/../.."), 0);
  CHECK_EQ(here(), "/");
}

CASE(a_removed_working_directory_has_no_path) {
  mkdir("d", 0755);
  CHECK_EQ(chdir("d"), 0);
  CHECK_EQ(rmdir("../d"), 0);
  char path[4096];
  CHECK_ERRNO(syscall(SYS_getcwd, path, sizeof(path)), ENOENT);
  CHECK_ERRNO(open("f", O_CREAT | O_RDWR, 0644), ENOENT);
  CHECK_ERRNO(mkdir("e", 0755), ENOENT);
  CHECK_EQ(chdir(".."), 0);
}

CASE(a_moved_directory_has_its_new_path) {
  const std::string start = here();
  mkdir("a", 0755);
  mkdir("b", 0755);
  CHECK_EQ(chdir("a"), 0);
  CHECK_EQ(rename("../a", "../b/c"), 0);
  CHECK_EQ(here(), start + "/b/c");
}

CASE(dots_and_slashes_are_paths_too) {
  mkdir("a", 0755);
  write_file("a/f", "x");
  CHECK_EQ(read_file("./a/../a//./f"), "x");
  CHECK_EQ(read_file(here() + "/a/f"), "x");
  CHECK_ERRNO(open("a/f/..", O_RDONLY), ENOTDIR);
  CHECK_ERRNO(open("a/no/../f", O_RDONLY), ENOENT);
}
