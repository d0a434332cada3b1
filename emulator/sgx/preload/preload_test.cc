// Enclaves under the preloaded emulator, as a program sees them.
#include <asm/prctl.h>
#include <cpuid.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "preload/test_host.h"

namespace strongroom::sgx {
namespace {

using arch::kPageSize;

constexpr uint32_t kEexit = 4, kEresume = 3, kEenter = 2;

std::unique_ptr<TestEnclave> running() {
  auto enclave = std::make_unique<TestEnclave>();
  EXPECT_EQ(enclave->initialise(), 0);
  enclave->map();
  return enclave;
}

TEST(Preload, AnEnclaveAnswers) {
  const auto enclave = running();
  const Answer answer = enclave->call(Command::kEcho, 0x1234'5678'9abc);
  EXPECT_EQ(answer.result, 0);
  EXPECT_EQ(answer.run.function, kEexit);
  EXPECT_EQ(answer.rdx, 0x1234'5678'9abcu);
}

TEST(Preload, SegmentsAreTheEnclavesInsideAndTheHostsOutside) {
  const auto enclave = running();
  static thread_local int value = 5;
  const Answer answer = enclave->call(Command::kSegments);
  EXPECT_EQ(answer.rdx, enclave->at(4));
  EXPECT_EQ(answer.r8, enclave->at(5));
  EXPECT_EQ(value, 5);
}

void expect_exception(Command command, unsigned vector) {
  const auto enclave = running();
  const Answer answer = enclave->call(command);
  EXPECT_EQ(answer.result, 0);
  EXPECT_EQ(answer.run.function, kEresume);
  EXPECT_EQ(answer.run.vector, vector);
}

TEST(Preload, WhatIsIllegalInAnEnclaveIsAnInvalidOpcode) {
  expect_exception(Command::kSyscall, 6);
  expect_exception(Command::kIllegal, 6);
}
TEST(Preload, CpuidIsIllegalInAnEnclaveWhereTheProcessorCanTell) {
  if (syscall(SYS_arch_prctl, ARCH_GET_CPUID) != 0) GTEST_SKIP() << "this processor cannot make CPUID fault";
  expect_exception(Command::kCpuid, 6);
}
TEST(Preload, CpuidShowsSgxAndAllElseAsItIs) {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __cpuid_count(0x12, 0, eax, ebx, ecx, edx);
  EXPECT_EQ(eax & 3, 3u) << "SGX1 and SGX2";
  EXPECT_EQ(ebx, 1u) << "EXINFO";
  __cpuid_count(0x12, 2, eax, ebx, ecx, edx);
  EXPECT_EQ(eax & 0xf, 1u) << "a section of EPC";
  EXPECT_NE(ecx & ~0xfffu, 0u) << "of some size";
  __cpuid_count(7, 0, eax, ebx, ecx, edx);
  EXPECT_NE(ebx & 1u << 2, 0u) << "SGX";
  EXPECT_NE(ecx & 1u << 30, 0u) << "SGX_LC";
  __cpuid(1, eax, ebx, ecx, edx);
  EXPECT_NE(edx & bit_FXSAVE, 0u);
}
TEST(Preload, DivisionByZeroIsReported) {
  expect_exception(Command::kDivision, 0);
}

TEST(Preload, TheEnclaveHandlesAnExceptionInASecondEntry) {
  const auto enclave = running();
  ASSERT_EQ(enclave->call(Command::kIllegal).run.vector, 6);
  const Answer handled = enclave->call(Command::kSkip, 2);
  EXPECT_EQ(handled.rdx, 0x80000306u);
  const Answer resumed = enclave->call(Command::kEcho, 0, 1, kEresume);
  EXPECT_EQ(resumed.run.function, kEexit);
  EXPECT_EQ(resumed.rdx, 0x1111u);
}

// The enclave asks for a notice while it handles an exception; ERESUME then enters it once more, and EDECCSSA
// puts its first frame back in use.
TEST(Preload, AnEnclaveIsToldOfItsResumptionWhereItAskedForIt) {
  TestEnclave enclave(arch::kAttributeAexNotify);
  ASSERT_EQ(enclave.initialise(), 0);
  enclave.map();
  ASSERT_EQ(enclave.call(Command::kIllegal).run.vector, 6);
  ASSERT_EQ(enclave.call(Command::kAskForNotice).run.function, kEexit);
  const Answer told = enclave.call(Command::kEcho, 0x77, 1, kEresume);
  EXPECT_EQ(told.run.function, kEexit);
  EXPECT_EQ(told.rdx, 0x77u) << "it was entered, and not resumed";
  const Answer decremented = enclave.call(Command::kDecrement, 0x78, 1, kEresume);
  EXPECT_EQ(decremented.run.function, kEexit);
  EXPECT_EQ(decremented.r8, 1u) << "CSSA";
  EXPECT_EQ(decremented.rdx, 0x78u);
  // No frame is in use any more.
  EXPECT_EQ(enclave.call(Command::kEcho, 0, 1, kEresume).run.vector, 13);
  EXPECT_EQ(enclave.call(Command::kEcho, 0x79).rdx, 0x79u);
}

TEST(Preload, ThereAreOnlyAsManyFramesAsTheTcsHas) {
  const auto enclave = running();
  ASSERT_EQ(enclave->call(Command::kIllegal, 0, 6).run.vector, 6);
  const Answer answer = enclave->call(Command::kEcho, 0, 6);
  EXPECT_EQ(answer.run.function, kEenter);
  EXPECT_EQ(answer.run.vector, 13);
}

sigjmp_buf after_breakpoint;
std::atomic<uint64_t> breakpoint_rip;

TEST(Preload, ABreakpointIsASignalAtTheExitPointer) {
  const auto enclave = running();
  struct sigaction action {
  }, old{};
  action.sa_sigaction = [](int, siginfo_t*, void* context) {
    breakpoint_rip = static_cast<uint64_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
    siglongjmp(after_breakpoint, 1);
  };
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGTRAP, &action, &old);
  if (sigsetjmp(after_breakpoint, 1) == 0) {
    enclave->call(Command::kBreakpoint);
    ADD_FAILURE() << "no signal";
  }
  sigaction(SIGTRAP, &old, nullptr);
  const uint64_t vdso = find_in_vdso("__vdso_sgx_enter_enclave");
  EXPECT_LT(breakpoint_rip - vdso, 256u);
}

std::atomic<uint64_t> finish;
std::atomic<int> signals_inside;
std::atomic<int> registers_leaked;

TEST(Preload, SignalsInterruptWithoutHarmAndShowNothing) {
  const auto enclave = running();
  finish = 0;
  struct sigaction action {
  }, old{};
  action.sa_sigaction = [](int, siginfo_t*, void* context) {
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const uint64_t vdso = find_in_vdso("sgxemu_vdso_enclu");
    if (static_cast<uint64_t>(registers[REG_RIP]) == vdso && registers[REG_RAX] == 3) {
      for (const int index :
           {REG_RDX, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15})
        if (registers[index] != 0) ++registers_leaked;
      if (++signals_inside >= 20) finish = 1;
    }
  };
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(SIGALRM, &action, &old);
  const itimerval often{{0, 1000}, {0, 1000}};
  const itimerval never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  const Answer answer = enclave->call(Command::kWait, reinterpret_cast<uint64_t>(&finish));
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &old, nullptr);
  EXPECT_EQ(answer.run.function, kEexit);
  EXPECT_EQ(answer.rdx, 1u) << "registers changed";
  EXPECT_GE(signals_inside, 20);
  EXPECT_EQ(registers_leaked, 0);
}

TEST(Preload, OneThreadAtATimeUsesATcs) {
  const auto enclave = running();
  finish = 0;
  // Until it is inside; it comes out by `finish` alone.
  std::thread other([&] {
    while (enclave->call(Command::kWait, reinterpret_cast<uint64_t>(&finish)).run.function != kEexit) {
    }
  });
  Answer refused = enclave->call(Command::kEcho);
  while (refused.run.function == kEexit)
    refused = enclave->call(Command::kEcho);  // until the other is inside
  EXPECT_EQ(refused.run.vector, 13);
  EXPECT_EQ(enclave->call(Command::kEcho, 7, 6).rdx, 7u) << "the second TCS is free";
  finish = 1;
  other.join();
}

TEST(Preload, PermissionsOfPagesHoldInside) {
  const auto enclave = running();
  EXPECT_EQ(enclave->call(Command::kStore, enclave->at(4), 6).run.function, kEexit);
  EXPECT_EQ(enclave->call(Command::kLoad, enclave->at(4), 6).rdx, 0x77u);
  const Answer answer = enclave->call(Command::kStore, enclave->at(0), 6);
  EXPECT_EQ(answer.run.vector, 14);
  EXPECT_EQ(answer.run.address, enclave->at(0));
  EXPECT_EQ(answer.run.error_code & 2, 2);
}

TEST(Preload, NoMappingGivesMoreThanItsPagesHave) {
  const auto enclave = running();
  const auto map = [&](uint64_t address, int protection, int flags) {
    void* const mapped =
        mmap(reinterpret_cast<void*>(address), kPageSize, protection, flags | MAP_FIXED, enclave->fd, 0);
    return mapped == MAP_FAILED ? errno : 0;
  };
  EXPECT_EQ(map(enclave->at(0), PROT_READ | PROT_WRITE, MAP_SHARED), EACCES);
  EXPECT_EQ(map(enclave->at(4), PROT_READ | PROT_EXEC, MAP_SHARED), EACCES);
  EXPECT_EQ(map(enclave->at(1), PROT_EXEC, MAP_SHARED), EACCES) << "TCS";
  EXPECT_EQ(map(enclave->at(16), PROT_READ, MAP_SHARED), EACCES) << "beyond the enclave";
  EXPECT_EQ(map(enclave->at(4), PROT_READ, MAP_PRIVATE), EINVAL);
  EXPECT_EQ(mprotect(reinterpret_cast<void*>(enclave->at(0)), kPageSize, PROT_READ | PROT_WRITE), -1);
  EXPECT_EQ(errno, EACCES);
  EXPECT_EQ(map(enclave->at(4), PROT_READ, MAP_SHARED), 0);
  EXPECT_EQ(enclave->call(Command::kStore, enclave->at(4)).run.error_code, 7);
}

TEST(Preload, IoctlsRefuseWithTheErrorsOfLinux) {
  TestEnclave enclave;
  alignas(kPageSize) static const uint8_t content[kPageSize] = {};
  constexpr uint64_t kRegular = 2u << 8;
  uapi::Create again{};
  EXPECT_EQ(enclave.ioctl(uapi::kCreate, &again), EINVAL);
  EXPECT_EQ(enclave.ioctl(uapi::kAddPages, nullptr), EFAULT);
  EXPECT_EQ(enclave.add(8, kRegular | arch::kWrite, content), EINVAL);
  EXPECT_EQ(enclave.add(8, 3u << 8, content), EINVAL);
  EXPECT_EQ(enclave.add(8, (1u << 8) | arch::kRead, content), EINVAL);
  EXPECT_EQ(enclave.add(8, kRegular | arch::kRead | arch::kSecinfoPending, content), EINVAL);
  EXPECT_EQ(enclave.add(16, kRegular | arch::kRead, content), EINVAL);
  EXPECT_EQ(enclave.add(8, kRegular | arch::kRead, content + 1), EINVAL);
  EXPECT_EQ(enclave.add(4, kRegular | arch::kRead, content), EBUSY);
  EXPECT_EQ(enclave.ioctl(_IO(0xa4, 0x40), nullptr), ENOTTY);
  uapi::ModifyTypes modify{.offset = 0, .length = kPageSize, .page_type = 4, .result = 0, .count = 0};
  EXPECT_EQ(enclave.ioctl(uapi::kModifyTypes, &modify), EINVAL) << "not initialised";
  arch::Sigstruct wrong = enclave.signature();
  wrong.vendor = 1;
  EXPECT_EQ(enclave.initialise(wrong), EINVAL);
  wrong = enclave.signature();
  wrong.enclave_hash[0] ^= 1;
  EXPECT_EQ(enclave.initialise(wrong), EPERM);
  EXPECT_EQ(enclave.initialise(), 0);
  EXPECT_EQ(enclave.initialise(), EINVAL);
  EXPECT_EQ(enclave.add(8, kRegular | arch::kRead, content), EINVAL);
  modify.page_type = 2;
  EXPECT_EQ(enclave.ioctl(uapi::kModifyTypes, &modify), EINVAL);
  modify.page_type = 4;
  modify.offset = 9 * kPageSize;
  EXPECT_EQ(enclave.ioctl(uapi::kModifyTypes, &modify), EFAULT) << "no page";
  uapi::RestrictPermissions restricted{
      .offset = 0, .length = kPageSize, .permissions = arch::kWrite, .result = 0, .count = 0};
  EXPECT_EQ(enclave.ioctl(uapi::kRestrictPermissions, &restricted), EINVAL);
  restricted = {.offset = 0, .length = kPageSize, .permissions = arch::kRead, .result = 1, .count = 0};
  EXPECT_EQ(enclave.ioctl(uapi::kRestrictPermissions, &restricted), EINVAL);
  uapi::RemovePages remove{.offset = 0, .length = kPageSize, .count = 0};
  EXPECT_EQ(enclave.ioctl(uapi::kRemovePages, &remove), EPERM) << "not trimmed";
}

TEST(Preload, TheProvisioningKeyNeedsTheOtherDevice) {
  TestEnclave refused(arch::kAttributeProvisionKey);
  EXPECT_EQ(refused.initialise(), EACCES);
  TestEnclave enclave(arch::kAttributeProvisionKey);
  uapi::Provision provision{static_cast<uint64_t>(enclave.fd)};
  EXPECT_EQ(enclave.ioctl(uapi::kProvision, &provision), EINVAL);
  const int fd = open("/dev/sgx_provision", O_RDONLY);
  provision.fd = static_cast<uint64_t>(fd);
  EXPECT_EQ(enclave.ioctl(uapi::kProvision, &provision), 0);
  EXPECT_EQ(enclave.initialise(), 0);

  // Creating an enclave sets what it is permitted.
  TestEnclave early(arch::kAttributeProvisionKey, arch::kMiscExinfo,
                    [&](int enclave_fd) { EXPECT_EQ(ioctl(enclave_fd, uapi::kProvision, &provision), 0); });
  EXPECT_EQ(early.initialise(), EACCES);
  close(fd);
}

TEST(Preload, AnotherCallWhileOneGoesOnIsTurnedAway) {
  TestEnclave enclave;
  alignas(kPageSize) static const uint8_t content[kPageSize] = {};
  std::atomic<bool> stop = false;
  std::atomic<int> turned_away = 0;
  std::thread other([&] {
    uapi::Create again{};
    while (!stop) turned_away += enclave.ioctl(uapi::kCreate, &again) == EBUSY;
  });
  const arch::Secinfo secinfo{2u << 8 | arch::kRead, {}};
  for (int i = 0; i < 100'000 && turned_away < 3; ++i) {
    uapi::AddPages add{};
    add.source = reinterpret_cast<uint64_t>(content);
    add.offset = 4 * kPageSize;
    add.length = kPageSize;
    add.secinfo = reinterpret_cast<uint64_t>(&secinfo);
    EXPECT_EQ(enclave.ioctl(uapi::kAddPages, &add), EBUSY) << "by the other thread, or the page is there";
  }
  stop = true;
  other.join();
  EXPECT_GE(turned_away, 3);
}

TEST(Preload, AnEnclaveMayStandWhereAnotherOneStood) {
  uint64_t base = 0;
  // `leave` ends each enclave in its own way; nothing else may be mapped where it stood.
  const auto run_at_base = [&](auto leave) {
    TestEnclave enclave(0, arch::kMiscExinfo, {}, base);
    ASSERT_EQ(enclave.initialise(), 0);
    enclave.map();
    EXPECT_EQ(enclave.call(Command::kEcho, 5).rdx, 5u);
    base = std::exchange(enclave.base, 0);
    leave(enclave);
  };
  const auto unmap = [&] {
    constexpr size_t kSize = TestEnclave::kPages * kPageSize;
    auto* const start = reinterpret_cast<void*>(base);
    munmap(start, kSize);
    mmap(start, kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  };
  run_at_base([&](TestEnclave& enclave) { close(std::exchange(enclave.fd, -1)), unmap(); });
  run_at_base([&](TestEnclave& enclave) { unmap(), close(std::exchange(enclave.fd, -1)); });
  int still_open = -1;
  run_at_base([&](TestEnclave& enclave) { unmap(), still_open = std::exchange(enclave.fd, -1); });
  run_at_base([&](TestEnclave&) { unmap(); });
  close(still_open);
  munmap(reinterpret_cast<void*>(base), TestEnclave::kPages * kPageSize);

  TestEnclave first;
  ASSERT_EQ(first.initialise(), 0);
  first.map();
  TestEnclave over_it(0, arch::kMiscExinfo, {}, first.base);
  EXPECT_EQ(first.call(Command::kEcho, 4).rdx, 4u) << "the other is not mapped";
  ASSERT_EQ(over_it.initialise(), 0);
  over_it.map();
  EXPECT_EQ(over_it.call(Command::kStore, over_it.at(4)).run.function, kEexit);
  first.map();
  EXPECT_EQ(first.call(Command::kLoad, first.at(4)).rdx, 0u) << "what the other stored";
}

TEST(Preload, ACopyOfADescriptorIsTheSameEnclave) {
  TestEnclave enclave;
  const int copies[] = {dup(enclave.fd), fcntl(enclave.fd, F_DUPFD_CLOEXEC, 100),
                        dup2(enclave.fd, open("/dev/null", O_RDONLY))};
  close(std::exchange(enclave.fd, copies[0]));
  ASSERT_EQ(enclave.initialise(), 0);
  for (const int copy : copies) {
    uapi::Create again{};
    EXPECT_EQ(ioctl(copy, uapi::kCreate, &again), -1);
    EXPECT_EQ(errno, EINVAL) << "it is there already";
  }
  enclave.map();
  EXPECT_EQ(enclave.call(Command::kEcho, 3).rdx, 3u);
  EXPECT_EQ(dup2(STDERR_FILENO, copies[2]), copies[2]);
  uapi::Create no_device{};
  EXPECT_EQ(ioctl(copies[2], uapi::kCreate, &no_device), -1);
  EXPECT_EQ(errno, ENOTTY) << "another file now";
  close(copies[1]);
  close(copies[2]);
}

TEST(Preload, TheDevicesLookLikeDevices) {
  struct stat status {};
  ASSERT_EQ(stat("/dev/sgx_enclave", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
  EXPECT_EQ(access("/dev/sgx_provision", R_OK), 0);
  EXPECT_EQ(faccessat(AT_FDCWD, "/dev/sgx_provision", R_OK, 0), 0);
  EXPECT_EQ(access("/dev/sgx_enclave", X_OK), -1);
  status = {};
  EXPECT_EQ(lstat("/dev/sgx_provision", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
  status = {};
  EXPECT_EQ(fstatat(AT_FDCWD, "/dev/sgx_enclave", &status, 0), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
  struct statx extended {};
  EXPECT_EQ(statx(AT_FDCWD, "/dev/sgx_enclave", 0, STATX_TYPE, &extended), 0);
  EXPECT_TRUE(S_ISCHR(extended.stx_mode));
  EXPECT_EQ(statx(AT_FDCWD, "/", 0, STATX_TYPE, &extended), 0);
  EXPECT_TRUE(S_ISDIR(extended.stx_mode));
  EXPECT_EQ(lstat("/", &status), 0);
  EXPECT_TRUE(S_ISDIR(status.st_mode));
}

// fork() while another thread is in the driver: the child must not find the driver's lock taken for ever.
TEST(Preload, AChildProcessCanUseTheDriverWhateverOtherThreadsDid) {
  std::atomic<bool> stop = false;
  std::thread other([&] {
    while (!stop) close(open("/dev/sgx_enclave", O_RDWR));
  });
  int hung = 0;
  for (int i = 0; i < 300 && hung == 0; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(close(open("/dev/sgx_enclave", O_RDWR)) == 0 ? 0 : 1);
    // It may have all signals blocked.
    int status = 1;
    for (int waited = 0; waited < 5000 && waitpid(child, &status, WNOHANG) != child; ++waited) usleep(1000);
    kill(child, SIGKILL);
    hung += status != 0;
  }
  stop = true;
  other.join();
  EXPECT_EQ(hung, 0);
}

TEST(Preload, AChildProcessHasEnclavesOfItsOwn) {
  ASSERT_EQ(running()->call(Command::kEcho, 1).rdx, 1u);
  const pid_t child = fork();
  if (child == 0) {
    const auto enclave = running();
    const bool answered = enclave->call(Command::kEcho, 9).rdx == 9;
    const bool illegal = enclave->call(Command::kSyscall).run.vector == 6;
    _exit(answered && illegal ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace strongroom::sgx
