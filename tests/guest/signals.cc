// Signals that the program sends itself.
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <atomic>
#include <thread>

#include "check.h"

namespace {

volatile sig_atomic_t caught;
volatile sig_atomic_t caught_signal;

void count(int number) {
  caught = caught + 1;
  caught_signal = number;
}

void handle(int number, void (*handler)(int), int flags = 0) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  CHECK_EQ(sigaction(number, &action, nullptr), 0);
  caught = 0;
}

sigset_t only(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return set;
}

sigjmp_buf escape;

// Signals `target` every few milliseconds until `done`.
std::thread pester(pthread_t target, const std::atomic<bool>& done) {
  return std::thread([target, &done] {
    while (!done) {
      pthread_kill(target, SIGUSR1);
      usleep(3'000);
    }
  });
}

}  // namespace

CASE(a_raised_signal_runs_its_handler_before_raise_returns) {
  handle(SIGUSR1, count);
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(caught, 1);
  CHECK_EQ(caught_signal, SIGUSR1);
  CHECK_EQ(kill(getpid(), SIGUSR1), 0);
  CHECK_EQ(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1), 0);
  CHECK_EQ(syscall(SYS_tkill, gettid(), SIGUSR1), 0);
  CHECK_EQ(caught, 4);
  CHECK_EQ(kill(getpid(), 0), 0);
  CHECK_ERRNO(kill(getpid(), 65), EINVAL);
  CHECK_ERRNO(syscall(SYS_tgkill, getpid(), 1 << 29, SIGUSR1), ESRCH);
}

CASE(sigaction_returns_what_was_and_guards_the_two) {
  handle(SIGUSR1, count);
  struct sigaction before {};
  CHECK_EQ(sigaction(SIGUSR1, nullptr, &before), 0);
  CHECK(before.sa_handler == count);
  CHECK(signal(SIGUSR1, SIG_IGN) == count);
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(caught, 0);
  struct sigaction action {};
  action.sa_handler = count;
  CHECK_ERRNO(sigaction(SIGKILL, &action, nullptr), EINVAL);
  CHECK_ERRNO(sigaction(SIGSTOP, &action, nullptr), EINVAL);
  CHECK_ERRNO(sigaction(0, &action, nullptr), EINVAL);
  signal(SIGUSR1, SIG_DFL);
}

CASE(ignored_by_default_signals_do_nothing) {
  signal(SIGCHLD, SIG_DFL);
  CHECK_EQ(raise(SIGCHLD), 0);
  CHECK_EQ(raise(SIGWINCH), 0);
}

CASE(blocked_signals_wait) {
  handle(SIGUSR1, count);
  const sigset_t set = only(SIGUSR1);
  sigset_t before, now;
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(caught, 0);
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, nullptr, &now), 0);
  CHECK_EQ(sigismember(&now, SIGUSR1), 1);
  CHECK_EQ(pthread_sigmask(SIG_UNBLOCK, &set, nullptr), 0);
  CHECK_EQ(caught, 1);
  CHECK_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 99, &set, nullptr, 8), EINVAL);
  CHECK_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, nullptr, 4), EINVAL);
}

CASE(a_handler_blocks_its_own_signal) {
  static volatile sig_atomic_t depth, deepest;
  depth = 0;
  deepest = 0;
  handle(SIGUSR1, [](int) {
    depth = depth + 1;
    caught = caught + 1;
    if (depth > deepest) deepest = depth;
    if (caught < 3) raise(SIGUSR1);
    depth = depth - 1;
  });
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(caught, 3);
  CHECK_EQ(deepest, 1);
}

CASE(handlers_can_nest_and_reset) {
  static volatile sig_atomic_t inner;
  inner = 0;
  handle(SIGUSR2, [](int) { inner = inner + 1; });
  handle(
      SIGUSR1,
      [](int) {
        raise(SIGUSR2);
        caught = inner;
      },
      SA_RESETHAND);
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(caught, 1);
  struct sigaction now {};
  CHECK_EQ(sigaction(SIGUSR1, nullptr, &now), 0);
  CHECK(now.sa_handler == SIG_DFL);
}

CASE(registers_and_vectors_survive_a_handler) {
  handle(SIGUSR1, [](int) {
    volatile double sum = 0;
    for (int index = 1; index < 100; ++index) sum = sum + 1.0 / index;
    caught = 1;
  });
  double values[16];
  for (int index = 0; index < 16; ++index) values[index] = index * 1.5;
  double product = 1;
  for (int index = 1; index < 16; ++index) {
    product *= values[index];
    if (index == 8) raise(SIGUSR1);
  }
  CHECK_EQ(caught, 1);
  double again = 1;
  for (int index = 1; index < 16; ++index) again *= values[index];
  CHECK_EQ(product, again);
}

CASE(siginfo_tells_the_sender_and_the_context) {
  static volatile sig_atomic_t code, has_context;
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void* context) {
    code = info->si_code;
    has_context = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] != 0;
  };
  CHECK_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(code, SI_TKILL);
  CHECK_EQ(has_context, 1);
}

CASE(faults_reach_their_handler_and_can_be_left) {
  struct sigaction action {};
  static void* volatile address;
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    address = info->si_addr;
    siglongjmp(escape, 1);
  };
  CHECK_EQ(sigaction(SIGSEGV, &action, nullptr), 0);
  volatile char* bad = static_cast<char*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  for (int round = 0; round < 3; ++round) {
    if (sigsetjmp(escape, 1) == 0) {
      *bad = 1;
      check::fail(__LINE__, "the write did not fault");
    }
    CHECK(address == bad);
  }
  signal(SIGSEGV, SIG_DFL);
}

CASE(an_alternate_stack_is_used_when_asked_for) {
  static char stack[65536];
  static volatile sig_atomic_t inside;
  inside = 0;
  const stack_t alternate{stack, 0, sizeof(stack)};
  stack_t before{};
  CHECK_EQ(sigaltstack(&alternate, &before), 0);
  handle(
      SIGUSR1,
      [](int) {
        char here;
        inside = &here >= stack && &here < stack + sizeof(stack);
      },
      SA_ONSTACK);
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(inside, 1);
  stack_t now{};
  CHECK_EQ(sigaltstack(nullptr, &now), 0);
  CHECK(now.ss_sp == stack);
  const stack_t small{stack, 0, 16};
  CHECK_ERRNO(sigaltstack(&small, nullptr), ENOMEM);
  const stack_t none{nullptr, SS_DISABLE, 0};
  CHECK_EQ(sigaltstack(&none, nullptr), 0);
}

CASE(a_signal_to_another_thread_interrupts_its_wait) {
  handle(SIGUSR1, count);
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  std::atomic<pthread_t> id{};
  std::atomic<bool> interrupted{false};
  std::thread reader([&] {
    id = pthread_self();
    char byte;
    interrupted = read(ends[0], &byte, 1) == -1 && errno == EINTR;
  });
  while (id.load() == pthread_t{}) std::this_thread::yield();
  while (!interrupted.load()) {
    pthread_kill(id.load(), SIGUSR1);
    usleep(5'000);
  }
  reader.join();
  CHECK(caught > 0);
}

CASE(a_handler_with_restart_lets_the_read_go_on) {
  for (const int flags : {SA_RESTART, 0}) {
    handle(SIGUSR1, count, flags);
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    std::atomic<bool> done{false};
    std::thread other = pester(pthread_self(), done);
    std::thread writer([&] {
      while (caught < 5) usleep(1'000);
      CHECK_EQ(write(ends[1], "x", 1), 1);
    });
    char byte = 0;
    int interruptions = 0;
    ssize_t got;
    while ((got = read(ends[0], &byte, 1)) == -1 && errno == EINTR) ++interruptions;
    done = true;
    writer.join();
    other.join();
    CHECK_EQ(got, 1);
    CHECK_EQ(byte, 'x');
    CHECK(flags == SA_RESTART ? interruptions == 0 : interruptions > 0);
    close(ends[0]);
    close(ends[1]);
  }
}

CASE(a_signal_that_is_ignored_interrupts_nothing) {
  signal(SIGUSR1, SIG_IGN);
  std::atomic<bool> done{false};
  std::thread other = pester(pthread_self(), done);
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  std::thread writer([&] {
    usleep(30'000);
    CHECK_EQ(write(ends[1], "x", 1), 1);
  });
  char byte;
  CHECK_EQ(read(ends[0], &byte, 1), 1);
  done = true;
  writer.join();
  other.join();
  signal(SIGUSR1, SIG_DFL);
}

CASE(pause_sleeps_until_a_handler_has_run) {
  for (const int flags : {SA_RESTART, 0}) {
    handle(SIGUSR1, count, flags);
    std::atomic<bool> done{false};
    std::thread other = pester(pthread_self(), done);
    CHECK_ERRNO(pause(), EINTR);
    done = true;
    other.join();
    CHECK(caught > 0);
  }
}

CASE(sigsuspend_opens_a_blocked_signal_for_its_sleep) {
  handle(SIGUSR1, count);
  const sigset_t set = only(SIGUSR1);
  sigset_t before, open;
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
  CHECK_EQ(raise(SIGUSR1), 0);
  sigemptyset(&open);
  CHECK_ERRNO(sigsuspend(&open), EINTR);
  CHECK_EQ(caught, 1);
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(caught, 1);  // blocked again
  CHECK_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  CHECK_EQ(caught, 2);
  CHECK_ERRNO(syscall(SYS_rt_sigsuspend, &open, 4), EINVAL);
}

CASE(sigpending_names_what_is_blocked_and_waits) {
  handle(SIGUSR1, count);
  const sigset_t set = only(SIGUSR1);
  sigset_t before, pending;
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
  CHECK_EQ(sigpending(&pending), 0);
  CHECK_EQ(sigismember(&pending, SIGUSR1), 0);
  CHECK_EQ(raise(SIGUSR1), 0);
  CHECK_EQ(sigpending(&pending), 0);
  CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
  CHECK_EQ(sigismember(&pending, SIGUSR2), 0);
  CHECK_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  CHECK_EQ(caught, 1);
}

CASE(sigwait_takes_a_signal_without_its_handler) {
  handle(SIGUSR1, count);
  const sigset_t set = only(SIGUSR1);
  sigset_t before;
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
  CHECK_EQ(raise(SIGUSR1), 0);
  int number = 0;
  CHECK_EQ(sigwait(&set, &number), 0);
  CHECK_EQ(number, SIGUSR1);
  const timespec moment{0, 5'000'000};
  CHECK_ERRNO(sigtimedwait(&set, nullptr, &moment), EAGAIN);
  std::thread other([target = pthread_self()] {
    usleep(10'000);
    pthread_kill(target, SIGUSR1);
  });
  siginfo_t info{};
  CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
  other.join();
  CHECK_EQ(info.si_signo, SIGUSR1);
  CHECK_EQ(info.si_code, SI_USER);  // glibc folds SI_TKILL
  CHECK_EQ(caught, 0);
  CHECK_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}

// The usual shape of a server: all threads block the signal, one waits for it.
CASE(a_signal_to_the_process_reaches_the_thread_that_waits_for_it) {
  handle(SIGTERM, count);
  const sigset_t set = only(SIGTERM);
  sigset_t before;
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
  int taken = 0;
  std::thread waiter([&] { CHECK_EQ(sigwait(&set, &taken), 0); });
  usleep(10'000);
  CHECK_EQ(kill(getpid(), SIGTERM), 0);
  waiter.join();
  CHECK_EQ(taken, SIGTERM);
  CHECK_EQ(caught, 0);
  CHECK_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  signal(SIGTERM, SIG_DFL);
}

CASE(a_signal_to_the_process_runs_in_a_thread_that_does_not_block_it) {
  static std::atomic<pthread_t> ran;
  ran = pthread_t{};
  handle(SIGUSR2, [](int) { ran = pthread_self(); });
  const sigset_t set = only(SIGUSR2);
  sigset_t before;
  std::atomic<bool> ready{false};
  std::thread open([&] {
    ready = true;
    while (ran.load() == pthread_t{}) usleep(1'000);
  });
  while (!ready) usleep(1'000);
  const pthread_t expected = open.native_handle();
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
  CHECK_EQ(kill(getpid(), SIGUSR2), 0);
  open.join();
  CHECK(ran.load() == expected);
  CHECK_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}
