// A process to hunt in. Reads one record from standard input, keeps it where its argument says, prints
// "ready" and waits to be ended.
//   heap     as text and as doubles in ordinary memory
//   memfd    in a memfd that stays open and is not mapped
//   mapped   in a memfd that stays mapped and is not open
//   secret   in a memfd_secret that stays mapped and is not open
//   open     in a memfd_secret that stays open and is not mapped
//   child    in the ordinary memory of a child process
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

volatile char* kept;  // so that nothing is optimised away

[[noreturn]] void hold() {
  std::puts("ready");
  std::fflush(stdout);
  while (true) pause();
}

void keep_in_heap(const std::string& record) {
  auto* text = new std::string(record);
  auto* numbers = new std::vector<double>;
  std::istringstream fields(record);
  for (std::string field; std::getline(fields, field, ',');) numbers->push_back(std::atof(field.c_str()));
  kept = text->data();
  kept = reinterpret_cast<char*>(numbers->data());
}

void keep_in_file(int file, const std::string& record, bool stay_open) {
  if (ftruncate(file, 4096) != 0) _exit(1);
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) _exit(77);
  std::memcpy(memory, record.data(), record.size());
  if (stay_open)
    munmap(memory, 4096);
  else
    close(file);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string where = argc > 1 ? argv[1] : "heap";
  char buffer[2048] = {};
  const ssize_t size = read(0, buffer, sizeof buffer);
  std::string record(buffer, size > 0 ? static_cast<size_t>(size) : 0);
  explicit_bzero(buffer, sizeof buffer);

  if (where == "heap") keep_in_heap(record);
  if (where == "memfd") keep_in_file(memfd_create("victim", 0), record, true);
  if (where == "mapped") keep_in_file(memfd_create("victim", 0), record, false);
  if (where == "open") keep_in_file(static_cast<int>(syscall(SYS_memfd_secret, 0)), record, true);
  if (where == "secret") keep_in_file(static_cast<int>(syscall(SYS_memfd_secret, 0)), record, false);
  if (where == "child") {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      keep_in_heap(record);
      hold();
    }
    explicit_bzero(record.data(), record.size());
    waitpid(child, nullptr, 0);
    return 0;
  }
  if (where != "heap") explicit_bzero(record.data(), record.size());
  hold();
}
