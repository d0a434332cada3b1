// How programs end. The argument picks one; the exit code, or the signal, is what a caller looks at.
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

struct AtEnd {
  ~AtEnd() { puts("static destroyed"); }
} at_end;

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

volatile bool for_ever = true;

int overflow(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  if (!for_ever) return 0;
  return overflow(depth + 1) + frame[0];
}

}  // namespace

int main(int count, char** values) {
  const std::string how = count > 1 ? values[1] : "";
  // These end with the exit code that they name.
  if (how == "return_7") return 7;
  if (how == "exit_8") exit(8);
  if (how == "quick_exit_9") quick_exit(9);
  if (how == "exit_group_10") syscall(SYS_exit_group, 10);
  if (how == "exit_300_is_44") exit(300);
  if (how == "exit_from_thread_11") std::thread([] { exit(11); }).join();
  if (how == "exit_with_threads_12") {
    std::thread(wait_for_ever).detach();
    std::thread([] {
      while (for_ever) {
      }
    }).detach();
    return 12;
  }
  if (how == "main_thread_exits_first_0") {
    std::thread([] {
      usleep(20'000);
      puts("last thread");
    }).detach();
    pthread_exit(nullptr);
  }
  if (how == "echo_0") {
    for (int index = 2; index < count; ++index) puts(values[index]);
    return 0;
  }
  if (how == "copy_input_0") {
    std::cout << std::cin.rdbuf() << std::flush;
    return std::cout.good() ? 0 : 1;
  }
  // These end by a signal.
  if (how == "abort") abort();
  if (how == "uncaught_exception") throw std::runtime_error("nobody catches this");
  if (how == "raise_terminate") raise(SIGTERM);
  if (how == "null_write") {
    int* volatile nowhere = nullptr;
    *nowhere = 1;
  }
  if (how == "null_call") {
    void (*volatile nowhere)() = nullptr;
    nowhere();
  }
  if (how == "stack_overflow") return overflow(0);
  if (how == "illegal_instruction") __asm__ volatile("ud2");
  if (how == "division_by_zero") {
    volatile int zero = 0;
    return 7 / zero;  // 1 / x would need no division
  }
  if (how == "breakpoint") __asm__ volatile("int3");
  fprintf(stderr, "no such ending: %s\n", how.c_str());
  return 2;
}
