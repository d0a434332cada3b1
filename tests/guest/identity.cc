// Who and where the program is, and what limits it.
#include <grp.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>

#include <thread>

#include "check.h"

CASE(uname_says_linux_on_x86_64) {
  utsname names{};
  CHECK_EQ(uname(&names), 0);
  CHECK_EQ(std::string(names.sysname), "Linux");
  CHECK_EQ(std::string(names.machine), "x86_64");
  CHECK(atoi(names.release) >= 4);
  CHECK(names.nodename[0] != '\0');
  CHECK_ERRNO(syscall(SYS_uname, 8), EFAULT);
}

CASE(user_and_group_ids_are_consistent) {
  const uid_t user = getuid();
  const gid_t group = getgid();
  CHECK_EQ(geteuid(), user);
  CHECK_EQ(getegid(), group);
  uid_t r, e, s;
  CHECK_EQ(getresuid(&r, &e, &s), 0);
  CHECK(r == user && e == user && s == user);
  gid_t gr, ge, gs;
  CHECK_EQ(getresgid(&gr, &ge, &gs), 0);
  CHECK(gr == group && ge == group && gs == group);
  CHECK(getgroups(0, nullptr) >= 0);
  CHECK_ERRNO(syscall(SYS_getgroups, -1, nullptr), EINVAL);
}

CASE(taking_the_id_one_has_is_allowed) {
  CHECK_EQ(setuid(getuid()), 0);
  CHECK_EQ(setgid(getgid()), 0);
  const auto keep = static_cast<uid_t>(-1);
  CHECK_EQ(setreuid(getuid(), keep), 0);
  CHECK_EQ(setregid(keep, getgid()), 0);
  CHECK_EQ(setresuid(keep, getuid(), keep), 0);
  CHECK_EQ(setresgid(getgid(), keep, getgid()), 0);
  if (getuid() == 0) CHECK_EQ(setgroups(0, nullptr), 0);
}

CASE(processes_groups_and_sessions_have_numbers) {
  CHECK(getpid() > 0);
  CHECK(getppid() >= 0);
  CHECK_EQ(gettid(), getpid());
  CHECK_EQ(getpgid(0), getpgrp());
  CHECK_EQ(syscall(SYS_getpgrp), getpgrp());
  CHECK(getsid(0) >= 0);
  CHECK_EQ(getsid(getpid()), getsid(0));
  CHECK_ERRNO(getpgid(1 << 29), ESRCH);
  CHECK_ERRNO(getsid(1 << 29), ESRCH);
  CHECK_ERRNO(setpgid(0, -1), EINVAL);
  CHECK_ERRNO(setpgid(1 << 29, 0), ESRCH);
}

CASE(the_leader_of_a_group_gets_no_new_session) {
  if (getpgrp() != getpid()) CHECK_EQ(setpgid(0, 0), 0);
  CHECK_ERRNO(setsid(), EPERM);
}

CASE(limits_can_be_read_and_set_to_themselves) {
  for (const int resource : {RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_AS, RLIMIT_CORE, RLIMIT_DATA}) {
    rlimit a{}, b{};
    CHECK_EQ(syscall(SYS_getrlimit, resource, &a), 0);
    CHECK_EQ(syscall(SYS_prlimit64, 0, resource, nullptr, &b), 0);
    CHECK(a.rlim_cur == b.rlim_cur && a.rlim_max == b.rlim_max && a.rlim_cur <= a.rlim_max);
    CHECK_EQ(syscall(SYS_setrlimit, resource, &a), 0);
    CHECK_EQ(prlimit(0, static_cast<__rlimit_resource>(resource), &a, &b), 0);
  }
  rlimit limit{};
  CHECK_ERRNO(syscall(SYS_getrlimit, 99, &limit), EINVAL);
  limit = {10, 5};
  CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
  CHECK_ERRNO(syscall(SYS_prlimit64, 1 << 29, RLIMIT_STACK, nullptr, &limit), ESRCH);
}

CASE(usage_grows_with_work) {
  rusage before{}, after{};
  CHECK_EQ(getrusage(RUSAGE_SELF, &before), 0);
  const clock_t start = times(nullptr);
  CHECK(start != -1);
  tms spent{};
  volatile uint64_t sum = 0;
  do {
    for (uint64_t index = 0; index < 1'000'000; ++index) sum = sum + index;
    CHECK_EQ(getrusage(RUSAGE_SELF, &after), 0);
  } while (after.ru_utime.tv_sec == before.ru_utime.tv_sec &&
           after.ru_utime.tv_usec == before.ru_utime.tv_usec);
  CHECK(times(&spent) >= start);
  CHECK(after.ru_maxrss > 0);
  CHECK_EQ(getrusage(RUSAGE_THREAD, &after), 0);
  CHECK_EQ(getrusage(RUSAGE_CHILDREN, &after), 0);
  CHECK_ERRNO(syscall(SYS_getrusage, 7, &after), EINVAL);
}

CASE(sysinfo_knows_memory) {
  struct sysinfo info {};
  CHECK_EQ(sysinfo(&info), 0);
  CHECK(info.totalram > 0 && info.freeram <= info.totalram && info.mem_unit > 0);
}

CASE(threads_have_names_of_their_own) {
  char name[16] = {};
  CHECK_EQ(prctl(PR_SET_NAME, "a long name that is cut"), 0);
  CHECK_EQ(prctl(PR_GET_NAME, name), 0);
  CHECK_EQ(std::string(name), "a long name tha");
  std::thread([] {
    char mine[16] = {};
    CHECK_EQ(prctl(PR_SET_NAME, "worker"), 0);
    CHECK_EQ(pthread_getname_np(pthread_self(), mine, sizeof(mine)), 0);
    CHECK_EQ(std::string(mine), "worker");
  }).join();
  CHECK_EQ(prctl(PR_GET_NAME, name), 0);
  CHECK_EQ(std::string(name), "a long name tha");
  CHECK_ERRNO(prctl(9999), EINVAL);
}

CASE(privileges_can_be_given_up) {
  CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
  CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
  CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
}

CASE(the_personality_is_linux) {
  CHECK_EQ(personality(0xffffffff), 0);
  CHECK_EQ(personality(0), 0);
}

CASE(scheduling_is_ordinary) {
  sched_param parameters{9};
  CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
  CHECK_EQ(sched_getparam(0, &parameters), 0);
  CHECK_EQ(parameters.sched_priority, 0);
  CHECK_EQ(sched_setparam(0, &parameters), 0);
  CHECK_EQ(sched_setscheduler(0, SCHED_OTHER, &parameters), 0);
  CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
  CHECK_EQ(sched_get_priority_min(SCHED_RR), 1);
  CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
  CHECK_ERRNO(sched_get_priority_max(99), EINVAL);
  parameters.sched_priority = 5;
  CHECK_ERRNO(sched_setparam(0, &parameters), EINVAL);
  CHECK_ERRNO(sched_getscheduler(-1), EINVAL);
  CHECK_ERRNO(sched_getscheduler(1 << 29), ESRCH);
  errno = 0;
  const int niceness = getpriority(PRIO_PROCESS, 0);  // natively, that of who runs the tests
  CHECK_EQ(errno, 0);
  CHECK(niceness >= -20 && niceness <= 19);
  CHECK_EQ(setpriority(PRIO_PROCESS, 0, niceness), 0);
  CHECK_ERRNO(syscall(SYS_getpriority, 9, 0), EINVAL);
}

CASE(processors_can_be_counted_and_chosen) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
  CHECK(CPU_COUNT(&set) >= 1);
  CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
  cpu_set_t none;
  CPU_ZERO(&none);
  CHECK_ERRNO(sched_setaffinity(0, sizeof(none), &none), EINVAL);
  unsigned processor = 99'999, node = 99'999;
  CHECK_EQ(syscall(SYS_getcpu, &processor, &node, nullptr), 0);
  CHECK(processor < 99'999 && node < 99'999);
  CHECK_EQ(sched_yield(), 0);
  CHECK(std::thread::hardware_concurrency() >= 1);
}
