// Device nodes and what /proc shows.
#include <algorithm>

#include "check.h"

CASE(null_swallows_and_is_empty) {
  const int device = open("/dev/null", O_RDWR);
  char bytes[16];
  CHECK_EQ(write(device, "hello", 5), 5);
  CHECK_EQ(read(device, bytes, 16), 0);
  CHECK_EQ(lseek(device, 10, SEEK_SET), 0);
  struct stat status;
  CHECK_EQ(fstat(device, &status), 0);
  CHECK(S_ISCHR(status.st_mode));
  CHECK_EQ(status.st_rdev, 0x103u);
}

CASE(zero_and_full_give_zeros) {
  char bytes[5000];
  for (const char* path : {"/dev/zero", "/dev/full"}) {
    const int device = open(path, O_RDWR);
    memset(bytes, 1, sizeof(bytes));
    CHECK_EQ(read(device, bytes, sizeof(bytes)), 5000);
    CHECK(std::all_of(bytes, bytes + 5000, [](char byte) { return byte == 0; }));
  }
  CHECK_EQ(write(open("/dev/zero", O_WRONLY), bytes, 7), 7);
  CHECK_ERRNO(write(open("/dev/full", O_WRONLY), bytes, 7), ENOSPC);
}

CASE(random_devices_do_not_repeat) {
  for (const char* path : {"/dev/random", "/dev/urandom"}) {
    const int device = open(path, O_RDONLY);
    std::string a(1000, '\0'), b(1000, '\0');
    CHECK_EQ(read(device, a.data(), a.size()), 1000);
    CHECK_EQ(read(device, b.data(), b.size()), 1000);
    CHECK(a != b);
    CHECK(std::count(a.begin(), a.end(), '\0') < 40);
  }
}

CASE(the_memory_map_shows_this_program) {
  const std::string maps = read_file("/proc/self/maps");
  std::istringstream lines(maps);
  const auto code = reinterpret_cast<uintptr_t>(&read_file);
  bool found = false;
  for (std::string line; std::getline(lines, line);) {
    uintptr_t begin = 0, end = 0;
    char rights[5] = {};
    if (sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, rights) != 3) continue;
    if (begin <= code && code < end) found = std::string(rights) == "r-xp";
  }
  CHECK(found);
}

CASE(exe_names_this_program) {
  char bytes[4096];
  const ssize_t size = readlink("/proc/self/exe", bytes, sizeof(bytes));
  CHECK(size > 0);
  const std::string path(bytes, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  CHECK_EQ(std::filesystem::path(path).filename(), std::filesystem::path(check::arguments()[0]).filename());
}

CASE(standard_streams_have_names) {
  for (const char* path : {"/dev/stdin", "/dev/stdout", "/dev/stderr"}) CHECK(exists(path));
  CHECK_EQ(lseek(open("/dev/null", O_RDONLY), 0, SEEK_CUR), 0);
}
