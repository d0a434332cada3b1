// Cases and checks for plain programs: prints `ok NAME` or `FAIL NAME: why` for each case, then `N passed, N
// failed`; the exit code is 1 if one failed. An argument picks one case; `--list` names them all. Each case
// runs in an empty directory of its own. Include it in one file of a program: it has main().
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace check {

struct Case {
  const char* name;
  void (*run)();
};
inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}
inline std::string& failure() {
  static std::string first;
  return first;
}
inline std::vector<std::string>& arguments() {
  static std::vector<std::string> all;
  return all;
}
struct Register {
  Register(const char* name, void (*run)()) { cases().push_back({name, run}); }
};

template <typename T>
std::string show(const T& value) {
  std::ostringstream text;
  if constexpr (requires { text << value; }) {
    text << value;
  } else {
    text << "?";
  }
  return text.str();
}
inline void fail(int line, const std::string& why) {
  static std::mutex mutex;  // cases check in many threads
  const std::lock_guard guard(mutex);
  if (failure().empty()) failure() = "line " + std::to_string(line) + ": " + why;
}
template <typename A, typename B>
void equal(int line, const char* text, const A& actual, const B& expected) {
  if constexpr (std::is_integral_v<A> && std::is_integral_v<B>) {
    if (std::cmp_equal(+actual, +expected)) return;
  } else {
    if (actual == expected) return;
  }
  fail(line, std::string(text) + " is " + show(actual) + ", not " + show(expected) + " (errno " +
                 std::to_string(errno) + ")");
}
inline void fails_with(int line, const char* text, long result, int error, int expected) {
  if (result == -1 && error == expected) return;
  fail(line, std::string(text) + " is " + std::to_string(result) + " with errno " + std::to_string(error) +
                 ", not -1 with errno " + std::to_string(expected));
}

}  // namespace check

// NOLINTBEGIN: macros give the line and the text of a check.
#define CASE(name)                                                  \
  static void case_##name();                                        \
  static const check::Register register_##name(#name, case_##name); \
  static void case_##name()
#define CHECK(condition)                                                                                   \
  do {                                                                                                     \
    if (!(condition)) check::fail(__LINE__, #condition " is false (errno " + std::to_string(errno) + ")"); \
  } while (false)
#define CHECK_EQ(actual, expected) check::equal(__LINE__, #actual, (actual), (expected))
// The expression fails as system calls do: -1 and errno.
#define CHECK_ERRNO(expression, expected)                                    \
  do {                                                                       \
    errno = 0;                                                               \
    const long check_result = static_cast<long>(expression);                 \
    check::fails_with(__LINE__, #expression, check_result, errno, expected); \
  } while (false)
// NOLINTEND

inline std::string read_file(const std::string& path) {
  std::string text;
  const int file = open(path.c_str(), O_RDONLY);
  char bytes[4096];
  for (ssize_t size; (size = read(file, bytes, sizeof(bytes))) > 0;)
    text.append(bytes, static_cast<size_t>(size));
  if (file >= 0) close(file);
  return text;
}
inline bool write_file(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const bool done = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return close(file) == 0 && done;
}
inline bool exists(const std::string& path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0;
}

int main(int count, char** values) {
  check::arguments().assign(values, values + count);
  const std::string wanted = count > 1 ? values[1] : "";
  if (wanted == "--list") {
    for (const check::Case& one : check::cases()) printf("%s\n", one.name);
    return 0;
  }
  char scratch[] = "/dev/shm/check-XXXXXX";
  if (mkdtemp(scratch) == nullptr) {
    perror("mkdtemp /dev/shm");
    return 2;
  }
  int passed = 0;
  int failed = 0;
  for (const check::Case& one : check::cases()) {
    if (!wanted.empty() && wanted != one.name) continue;
    const std::string place = std::string(scratch) + "/" + one.name;
    check::failure().clear();
    if (mkdir(place.c_str(), 0755) != 0 || chdir(place.c_str()) != 0) check::fail(0, "no scratch directory");
    one.run();
    if (check::failure().empty()) {
      ++passed;
      printf("ok %s\n", one.name);
    } else {
      ++failed;
      printf("FAIL %s: %s\n", one.name, check::failure().c_str());
    }
    fflush(stdout);
    if (chdir("/") == 0) std::filesystem::remove_all(place);
  }
  std::filesystem::remove_all(scratch);
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
