// Threads and what they wait on.
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/wait.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "check.h"

namespace {

long futex(std::atomic<uint32_t>& word, int operation, uint32_t value, const timespec* timeout = nullptr,
           void* other = nullptr, uint32_t third = 0) {
  return syscall(SYS_futex, &word, operation, value, timeout, other, third);
}

using std::chrono::milliseconds;

std::atomic<int> made{0}, destroyed{0};
struct Object {
  Object() { ++made; }
  ~Object() { ++destroyed; }
  int value = 5;
};
thread_local Object object;
thread_local int zero;

}  // namespace

CASE(threads_run_and_are_joined) {
  std::atomic<int> sum{0};
  std::vector<std::thread> threads;
  for (int index = 1; index <= 8; ++index) threads.emplace_back([&sum, index] { sum += index; });
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(sum.load(), 36);
}

CASE(many_short_threads_leave_nothing_behind) {
  std::atomic<int> count{0};
  for (int round = 0; round < 200; ++round) {
    std::thread a([&] { ++count; });
    std::thread b([&] { ++count; });
    a.join();
    b.join();
  }
  CHECK_EQ(count.load(), 400);
}

CASE(detached_threads_end_by_themselves) {
  std::atomic<int> count{0};
  for (int round = 0; round < 20; ++round) {
    std::thread([&] { ++count; }).detach();
    while (count.load() <= round) std::this_thread::yield();
  }
  CHECK_EQ(count.load(), 20);
}

CASE(each_thread_has_an_id_of_its_own) {
  std::atomic<pid_t> other{0};
  std::thread([&] { other = gettid(); }).join();
  CHECK(other.load() > 0 && other.load() != gettid());
  CHECK_EQ(syscall(SYS_getpid), getpid());
}

CASE(a_mutex_excludes) {
  std::mutex mutex;
  int counter = 0;
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20'000; ++round) {
        std::lock_guard guard(mutex);
        ++counter;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(counter, 80'000);
}

CASE(condition_variables_hand_over) {
  std::mutex mutex;
  std::condition_variable changed;
  int turn = 0;
  constexpr int kRounds = 500;
  std::thread other([&] {
    for (int round = 0; round < kRounds; ++round) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return turn % 2 == 1; });
      ++turn;
      changed.notify_all();
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return turn % 2 == 0; });
    ++turn;
    changed.notify_all();
  }
  other.join();
  CHECK_EQ(turn, 2 * kRounds);
}

CASE(timed_waits_time_out) {
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  const auto start = std::chrono::steady_clock::now();
  CHECK(changed.wait_for(lock, milliseconds(20)) == std::cv_status::timeout);
  CHECK(std::chrono::steady_clock::now() - start >= milliseconds(20));
  CHECK(changed.wait_until(lock, std::chrono::system_clock::now() + milliseconds(5)) ==
        std::cv_status::timeout);
  std::timed_mutex timed;
  std::lock_guard guard(timed);
  std::thread([&] { CHECK(!timed.try_lock_for(milliseconds(10))); }).join();
}

CASE(other_ways_to_wait_work) {
  std::shared_mutex shared;
  std::atomic<int> readers{0};
  std::barrier barrier(4);
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        {
          std::shared_lock lock(shared);
          ++readers;
        }
        std::unique_lock lock(shared);
        lock.unlock();
        barrier.arrive_and_wait();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(readers.load(), 200);
  auto result = std::async(std::launch::async, [] { return 42; });
  CHECK_EQ(result.get(), 42);
  sem_t semaphore;
  CHECK_EQ(sem_init(&semaphore, 0, 0), 0);
  std::thread poster([&] { sem_post(&semaphore); });
  CHECK_EQ(sem_wait(&semaphore), 0);
  poster.join();
  std::atomic<int> word{0};
  std::thread waiter([&] { word.wait(0); });
  word = 1;
  word.notify_all();
  waiter.join();
  std::once_flag once;
  int calls = 0;
  for (int index = 0; index < 3; ++index) std::call_once(once, [&] { ++calls; });
  CHECK_EQ(calls, 1);
}

CASE(thread_local_objects_are_made_and_destroyed_per_thread) {
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([index] {
      object.value += index;
      zero += index;
      CHECK_EQ(object.value, 5 + index);
      CHECK_EQ(zero, index);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(made.load(), 4);
  CHECK_EQ(destroyed.load(), 4);
}

CASE(thread_specific_data_is_destroyed_at_the_end) {
  static std::atomic<int> destroyed{0};
  pthread_key_t key;
  CHECK_EQ(pthread_key_create(&key, [](void*) { ++destroyed; }), 0);
  std::thread([&] { pthread_setspecific(key, &destroyed); }).join();
  CHECK_EQ(destroyed.load(), 1);
  pthread_key_delete(key);
}

CASE(thread_stacks_have_the_size_asked_for) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  CHECK_EQ(pthread_attr_setstacksize(&attributes, 256 << 10), 0);
  pthread_t thread;
  const auto run = [](void*) -> void* {
    volatile char frame[128 << 10];
    for (size_t at = 0; at < sizeof(frame); at += 4096) frame[at] = 1;
    return nullptr;
  };
  CHECK_EQ(pthread_create(&thread, &attributes, run, nullptr), 0);
  CHECK_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

CASE(pthread_exit_and_return_values_arrive) {
  pthread_t thread;
  CHECK_EQ(pthread_create(
               &thread, nullptr, [](void*) -> void* { pthread_exit(reinterpret_cast<void*>(77)); }, nullptr),
           0);
  void* result = nullptr;
  CHECK_EQ(pthread_join(thread, &result), 0);
  CHECK_EQ(reinterpret_cast<uintptr_t>(result), 77u);
}

CASE(futexes_wait_wake_and_time_out) {
  std::atomic<uint32_t> word{1};
  CHECK_ERRNO(futex(word, FUTEX_WAIT_PRIVATE, 0), EAGAIN);
  const timespec time{0, 10'000'000};
  CHECK_ERRNO(futex(word, FUTEX_WAIT_PRIVATE, 1, &time), ETIMEDOUT);
  CHECK_EQ(futex(word, FUTEX_WAKE_PRIVATE, 1), 0);
  std::thread waiter([&] {
    while (word.load() == 1) futex(word, FUTEX_WAIT_PRIVATE, 1);
  });
  usleep(10'000);
  word = 2;
  futex(word, FUTEX_WAKE_PRIVATE, 1);
  waiter.join();
  CHECK_ERRNO(syscall(SYS_futex, 1, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0), EINVAL);
  CHECK_ERRNO(futex(word, 99, 0), ENOSYS);
}

CASE(futexes_wait_until_a_moment_with_a_bitset) {
  std::atomic<uint32_t> word{1};
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  CHECK_ERRNO(futex(word, FUTEX_WAIT_BITSET_PRIVATE, 1, &until, nullptr, FUTEX_BITSET_MATCH_ANY), ETIMEDOUT);
  CHECK_ERRNO(futex(word, FUTEX_WAIT_BITSET_PRIVATE, 1, &until, nullptr, 0), EINVAL);
}

CASE(futexes_requeue) {
  std::atomic<uint32_t> first{0}, second{0};
  std::atomic<int> waiting{0}, woken{0};
  std::vector<std::thread> threads;
  for (int index = 0; index < 3; ++index) {
    threads.emplace_back([&] {
      ++waiting;
      const timespec time{10, 0};
      if (futex(first, FUTEX_WAIT_PRIVATE, 0, &time) == 0) ++woken;
    });
  }
  while (waiting.load() < 3) std::this_thread::yield();
  usleep(50'000);
  CHECK_EQ(futex(first, FUTEX_CMP_REQUEUE_PRIVATE, 1, reinterpret_cast<timespec*>(10), &second, 0), 3);
  CHECK_EQ(futex(second, FUTEX_WAKE_PRIVATE, 10), 2);
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(woken.load(), 3);
  CHECK_ERRNO(futex(first, FUTEX_CMP_REQUEUE_PRIVATE, 1, nullptr, &second, 5), EAGAIN);
}

CASE(robust_mutexes_tell_of_a_dead_owner) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  std::thread([&] { pthread_mutex_lock(&mutex); }).join();
  CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
  CHECK_EQ(pthread_mutex_consistent(&mutex), 0);
  CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
  void* head = nullptr;
  size_t size = 0;
  CHECK_EQ(syscall(SYS_get_robust_list, 0, &head, &size), 0);
  CHECK(head != nullptr);
  CHECK_EQ(size, 24u);
  CHECK_EQ(syscall(SYS_set_robust_list, head, size), 0);
  CHECK_ERRNO(syscall(SYS_set_robust_list, head, 1), EINVAL);
}

CASE(a_raw_clone_shares_memory_and_clears_its_word) {
  static std::atomic<int> done;
  static std::atomic<int> word;
  done = 0;
  word = 1;
  static char stack[65536];
  constexpr int kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                         CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID;
  pid_t id = 0;
  const int made = clone(
      [](void*) -> int {
        done = 1;
        syscall(SYS_exit, 0);
        return 0;
      },
      stack + sizeof(stack), kFlags, nullptr, &id, nullptr, &word);
  CHECK(made > 0);
  CHECK_EQ(id, made);
  while (word.load() != 0) syscall(SYS_futex, &word, FUTEX_WAIT, 1, nullptr, nullptr, 0);
  CHECK_EQ(done.load(), 1);
}

CASE(the_thread_pointer_can_be_read) {
  unsigned long base = 0;
  CHECK_EQ(syscall(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, &base), 0);
  CHECK_EQ(base, static_cast<unsigned long>(pthread_self()));
  CHECK_ERRNO(syscall(SYS_arch_prctl, 0x9999, &base), EINVAL);
  std::atomic<int> word{0};
  CHECK_EQ(syscall(SYS_set_tid_address, &word), gettid());
}

CASE(memory_barriers_are_offered) {
  const long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
  CHECK(commands >= 0);
  if ((commands & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) != 0) {
    CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0), 0);
    CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), 0);
  }
}
