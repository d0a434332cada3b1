// A program to debug. It knows nothing of enclaves.
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

int main(int count, char** arguments) {
  const char* what = count > 1 ? arguments[1] : "assess";
  if (std::strcmp(what, "crash") == 0) return crash(3);
  if (std::strcmp(what, "threads") == 0) use_threads();
  if (std::strcmp(what, "read") == 0) read_line();
  if (std::strcmp(what, "sleep") == 0) sleep(3);
  const Patient patient{52, 78.0};
  const double risk = assess(patient, 2);
  watched = static_cast<int>(risk);
  std::printf("risk %.1f\n", risk);
  return watched;
}
