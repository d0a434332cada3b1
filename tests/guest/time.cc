// Clocks and sleeping.
#include <signal.h>
#include <sys/time.h>

#include <chrono>
#include <ctime>
#include <thread>

#include "check.h"

namespace {

int64_t raw_clock(int clock) {
  timespec time{};
  CHECK_EQ(syscall(SYS_clock_gettime, clock, &time), 0);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// Counts SIGALRM, without SA_RESTART, for as long as it lives.
class Alarms {
 public:
  Alarms() {
    count = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { count = count + 1; };
    sigaction(SIGALRM, &action, &before_);
  }
  ~Alarms() {
    const itimerval none{};
    setitimer(ITIMER_REAL, &none, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
  }
  static inline volatile sig_atomic_t count;

 private:
  struct sigaction before_ {};
};

itimerval milliseconds(int first, int then) {
  return {.it_interval = {0, then * 1000}, .it_value = {0, first * 1000}};
}

}  // namespace

CASE(an_expired_timer_interrupts_a_wait) {
  const Alarms alarms;
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  const itimerval soon = milliseconds(20, 0);
  CHECK_EQ(setitimer(ITIMER_REAL, &soon, nullptr), 0);
  char byte;
  CHECK_ERRNO(read(ends[0], &byte, 1), EINTR);
  CHECK_EQ(Alarms::count, 1);
  itimerval left{};
  CHECK_EQ(getitimer(ITIMER_REAL, &left), 0);
  CHECK_EQ(left.it_value.tv_sec + left.it_value.tv_usec, 0);
}

CASE(interval_timers_repeat_until_they_are_cleared) {
  const Alarms alarms;
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  sigprocmask(SIG_BLOCK, &set, &before);
  const itimerval often = milliseconds(1, 5);
  CHECK_EQ(setitimer(ITIMER_REAL, &often, nullptr), 0);
  while (Alarms::count < 3) sigsuspend(&before);
  const itimerval none{};
  itimerval last{};
  CHECK_EQ(setitimer(ITIMER_REAL, &none, &last), 0);
  CHECK_EQ(last.it_interval.tv_usec, 5000);
  CHECK(last.it_value.tv_sec == 0 && last.it_value.tv_usec > 0);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

CASE(alarms_tell_what_was_left_and_bad_timers_are_refused) {
  const Alarms alarms;
  CHECK_EQ(alarm(1000), 0u);
  itimerval left{};
  CHECK_EQ(getitimer(ITIMER_REAL, &left), 0);
  CHECK(left.it_value.tv_sec >= 900 && left.it_value.tv_sec <= 1000);
  const unsigned seconds = alarm(0);
  CHECK(seconds >= 900 && seconds <= 1000);
  CHECK_EQ(alarm(0), 0u);
  CHECK_EQ(Alarms::count, 0);
  const itimerval bad{.it_interval = {}, .it_value = {0, 1'000'000}};
  CHECK_ERRNO(setitimer(ITIMER_REAL, &bad, nullptr), EINVAL);
  CHECK_ERRNO(syscall(SYS_setitimer, 7, &bad, nullptr), EINVAL);
  CHECK_ERRNO(syscall(SYS_getitimer, 7, &left), EINVAL);
  CHECK_ERRNO(syscall(SYS_setitimer, ITIMER_REAL, 8, nullptr), EFAULT);
}

CASE(clocks_agree_with_each_other) {
  const int64_t real = raw_clock(CLOCK_REALTIME);
  timeval time{};
  CHECK_EQ(syscall(SYS_gettimeofday, &time, nullptr), 0);
  const time_t seconds = syscall(SYS_time, nullptr);
  CHECK(real > 1'600'000'000'000'000'000);
  CHECK(std::abs(real / 1'000'000'000 - time.tv_sec) <= 2);
  CHECK(std::abs(time.tv_sec - seconds) <= 2);
  CHECK(std::abs(raw_clock(CLOCK_REALTIME_COARSE) - real) < 2'000'000'000);
  CHECK_ERRNO(syscall(SYS_clock_gettime, 99, &time), EINVAL);
  CHECK_ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8), EFAULT);
}

CASE(monotonic_time_never_runs_backwards) {
  int64_t last = 0;
  for (int index = 0; index < 2000; ++index) {
    const int64_t now = raw_clock(CLOCK_MONOTONIC);
    CHECK(now >= last);
    last = now;
  }
  CHECK(raw_clock(CLOCK_BOOTTIME) > 0);
  CHECK(raw_clock(CLOCK_MONOTONIC_RAW) > 0);
}

// They were the machine's time once: a program that prints clock() had run for days.
CASE(processor_time_begins_with_the_program_and_with_each_thread) {
  constexpr int64_t kHour = 3'600'000'000'000;  // no run of this program is so long
  const int64_t before = raw_clock(CLOCK_PROCESS_CPUTIME_ID);
  CHECK(before >= 0 && before < kHour);
  int64_t in_thread = -1;
  std::thread([&] { in_thread = raw_clock(CLOCK_THREAD_CPUTIME_ID); }).join();
  CHECK(in_thread >= 0 && in_thread < kHour);
  CHECK(clock() >= 0 && clock() / CLOCKS_PER_SEC < 3600);
  CHECK(raw_clock(CLOCK_PROCESS_CPUTIME_ID) >= before);
}

CASE(clocks_have_a_resolution) {
  timespec time{};
  CHECK_EQ(clock_getres(CLOCK_MONOTONIC, &time), 0);
  CHECK(time.tv_sec == 0 && time.tv_nsec > 0);
  CHECK_EQ(syscall(SYS_clock_getres, CLOCK_REALTIME, nullptr), 0);
}

CASE(sleeping_takes_at_least_the_time_asked_for) {
  const int64_t start = raw_clock(CLOCK_MONOTONIC);
  const timespec time{0, 20'000'000};
  CHECK_EQ(syscall(SYS_nanosleep, &time, nullptr), 0);
  const int64_t middle = raw_clock(CLOCK_MONOTONIC);
  CHECK(middle - start >= 20'000'000);
  CHECK_EQ(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, nullptr), 0);
  CHECK(raw_clock(CLOCK_MONOTONIC) - middle >= 20'000'000);
  const int64_t target = raw_clock(CLOCK_MONOTONIC) + 20'000'000;
  const timespec until{target / 1'000'000'000, target % 1'000'000'000};
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr), 0);
  CHECK(raw_clock(CLOCK_MONOTONIC) >= target);
  const timespec past{0, 0};
  CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, nullptr), 0);
  const timespec wrong{0, 1'000'000'000};
  CHECK_ERRNO(nanosleep(&wrong, nullptr), EINVAL);
}

CASE(chrono_and_this_thread_work) {
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(10));
  std::this_thread::sleep_until(std::chrono::system_clock::now() + std::chrono::milliseconds(5));
  CHECK(std::chrono::system_clock::now().time_since_epoch() > std::chrono::hours(24 * 365 * 50));
  CHECK(clock() != static_cast<clock_t>(-1));
}

CASE(calendar_time_is_utc_without_a_zone) {
  const time_t moment = 1'000'000'000;
  tm parts{};
  CHECK(gmtime_r(&moment, &parts) != nullptr);
  CHECK_EQ(parts.tm_year, 101);
  CHECK_EQ(parts.tm_hour, 1);
  char text[64];
  CHECK_EQ(std::string(text, strftime(text, sizeof(text), "%F %T", &parts)), "2001-09-09 01:46:40");
  CHECK_EQ(timegm(&parts), moment);
}
