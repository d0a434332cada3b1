// A program to debug. It knows nothing of enclaves.
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>

struct Patient {
  int age;
  double weight;
};

thread_local int visits = 17;
int watched = 0;
volatile int* nowhere = nullptr;

std::mutex mutex;
std::condition_variable changed;
int waiting = 0;
bool may_end = false;

__attribute__((noinline)) double assess(const Patient& patient, int factor) {
  visits += factor;
  const double risk = patient.weight / patient.age;
  return risk * factor;
}

__attribute__((noinline)) int crash(int depth) {
  if (depth > 0) return crash(depth - 1) + 1;
  return *nowhere;
}

void wait_in_worker(int number) {
  visits = 100 + number;
  std::unique_lock lock(mutex);
  ++waiting;
  changed.notify_all();
  changed.wait(lock, [] { return may_end; });
}

__attribute__((noinline)) void all_are_waiting() {
  asm volatile("" ::: "memory");
}

void use_threads() {
  std::thread first(wait_in_worker, 1);
  std::thread second(wait_in_worker, 2);
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [] { return waiting == 2; });
  }
  all_are_waiting();
  {
    const std::lock_guard lock(mutex);
    may_end = true;
  }
  changed.notify_all();
  first.join();
  second.join();
}

void read_line() {
  char line[64];
  const ssize_t size = read(0, line, sizeof line);
  std::printf("read %zd bytes\n", size);
}

ssize_t written = 0;

__attribute__((noinline)) void write_from_nowhere() {
  written = write(1, const_cast<int*>(nowhere), 4);
}

__attribute__((noinline)) void visit(int number) {
  asm volatile("" : : "r"(number) : "memory");
}

void visit_often() {
  const auto visitor = [] {
    for (int i = 0; i < 20; ++i) visit(i);
  };
  std::thread first(visitor), second(visitor), third(visitor);
  first.join();
  second.join();
  third.join();
}

volatile bool may_stop_counting = false;
volatile unsigned long counted = 0;

__attribute__((noinline)) void count_on() {
  while (!may_stop_counting) counted = counted + 1;
}

sigjmp_buf after_fault;

// The program survives its own fault.
void fault(const char* how) {
  for (const int cause : {SIGILL, SIGFPE, SIGTRAP})
    signal(cause, [](int number) { siglongjmp(after_fault, number); });
  if (sigsetjmp(after_fault, 1) != 0) return;
  const volatile int zero = 0;
  if (std::strcmp(how, "illegal") == 0) asm volatile("ud2");
  if (std::strcmp(how, "divide") == 0) watched = (waiting + 7) / zero;
  if (std::strcmp(how, "trap") == 0) asm volatile("int3");
}

int main(int count, char** arguments) {
  const char* what = count > 1 ? arguments[1] : "assess";
  if (std::strcmp(what, "crash") == 0) return crash(3);
  if (std::strcmp(what, "threads") == 0) use_threads();
  if (std::strcmp(what, "read") == 0) read_line();
  if (std::strcmp(what, "sleep") == 0) sleep(3);
  if (std::strcmp(what, "invalid") == 0) write_from_nowhere();
  if (std::strcmp(what, "visit") == 0) visit_often();
  if (std::strcmp(what, "count") == 0) count_on();
  fault(what);
  const Patient patient{52, 78.0};
  const double risk = assess(patient, 2);
  watched = static_cast<int>(risk);
  std::printf("risk %.1f\n", risk);
  return watched;
}
