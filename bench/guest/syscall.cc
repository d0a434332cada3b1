// What one system call costs that does nothing: by glibc, whose call site an image builder can rewrite, and
// by an instruction that it cannot. Prints "NAME VALUE" in nanoseconds.
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace {

constexpr int kPasses = 9;
volatile long number = SYS_getpid;

// The number comes from memory, and the instruction and the one after it are jump targets: two bytes are no
// room for a jump, and nothing around them may be moved.
long bare_call() {
  long result;
  asm volatile(
      "test %%rax, %%rax\n\t"
      "js 2f\n\t"
      "jmp 1f\n\t"
      "nop\n"
      "1:\n\t"
      "syscall\n"
      "2:\n\t"
      "nop"
      : "=a"(result)
      : "a"(number)
      : "rcx", "r11", "memory", "cc");
  return result;
}

template <typename Call>
void measure(const char* name, int calls, Call call) {
  std::vector<double> times;
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) call();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count() / calls);
  }
  std::nth_element(times.begin(), times.begin() + kPasses / 2, times.end());
  std::printf("%s %.2f\n", name, times[kPasses / 2]);
}

}  // namespace

int main() {
  measure("libc", 200'000, [] { return static_cast<long>(getpid()); });
  measure("trap", 20'000, bare_call);
}
