// Ends, or survives, in the way that its argument names. Functions that fail are named fault_..., so that a
// test can look for the name in the report.
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#define FAULT extern "C" __attribute__((noinline, used)) void

namespace {
volatile int zero = 0;
volatile bool always = true;

int nothing(const char* text) {
  std::puts(text);
  std::fflush(stdout);
  return 0;
}
}  // namespace

extern "C" __attribute__((noinline, used)) int fault_recursion(int depth) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(depth);
  return always ? fault_recursion(depth + 1) + frame[0] : 0;
}
FAULT fault_stack_overflow() {
  fault_recursion(0);
}
FAULT fault_thread_stack_overflow() {
  std::thread([] { fault_recursion(0); }).join();
}
FAULT fault_wild_read() {
  (void)*reinterpret_cast<volatile int*>(0x123450);
}
FAULT fault_wild_write() {
  *reinterpret_cast<volatile int*>(0x123450) = 1;
}
FAULT fault_kernel_address() {
  *reinterpret_cast<volatile int*>(0xffff800000000000) = 1;
}
FAULT fault_noncanonical() {
  *reinterpret_cast<volatile int*>(0x8000000000001234) = 1;
}
FAULT fault_alignment() {
  asm volatile("pushfq; orl $0x40000, (%%rsp); popfq; mov 1(%%rsp), %%eax" ::
                   : "eax", "cc", "memory");  // EFLAGS.AC
}
FAULT fault_write_code() {
  *reinterpret_cast<volatile uint8_t*>(&fault_wild_read) = 0x90;
}
FAULT fault_write_constant() {
  *const_cast<volatile char*>("a constant") = 'b';
}
FAULT fault_wild_jump() {
  reinterpret_cast<void (*volatile)()>(0x123450)();
  nothing("back");
}
FAULT fault_null_call() {
  void (*volatile nowhere)() = nullptr;
  nowhere();
  nothing("back");
}
FAULT fault_execute_data() {
  static uint8_t code[] = {0xc3};
  reinterpret_cast<void (*volatile)()>(reinterpret_cast<uintptr_t>(code))();
  nothing("back");
}
FAULT fault_abort() {
  std::abort();
}
FAULT fault_ud2() {
  __asm__ volatile("ud2");
}
FAULT fault_division() {
  std::printf("%d\n", 7 / zero);
}
FAULT fault_int3() {
  __asm__ volatile("int3");
}
FAULT fault_privileged() {
  __asm__ volatile("hlt");
}
FAULT fault_port() {
  __asm__ volatile("outb %%al, $0x80" : : "a"(0));
}
FAULT fault_syscall_int80() {
  __asm__ volatile("int $0x80" : : "a"(1), "b"(0) : "memory");
}
FAULT fault_bad_alloc() {
  std::vector<std::string*> all;
  while (always) all.push_back(new std::string(1 << 20, 'x'));
}
FAULT fault_exception() {
  throw std::runtime_error("nobody catches this");
}
FAULT fault_terminate() {
  std::terminate();
}
FAULT fault_pure_thread_exception() {
  std::thread([] { throw std::runtime_error("nobody in the thread catches this"); }).join();
}

namespace {

int malloc_fails() {
  std::vector<void*> all;
  while (void* piece = std::malloc(1 << 20)) all.push_back(piece);
  const size_t got = all.size();
  for (void* piece : all) std::free(piece);
  if (std::malloc(1 << 20) == nullptr) return nothing("nothing came back");
  std::printf("malloc failed after %zu MiB\n", got);
  return 0;
}
int new_fails() {
  try {
    fault_bad_alloc();
  } catch (const std::bad_alloc&) {
    return nothing("bad_alloc caught");
  }
  return 1;
}
int huge_fails() {
  void* volatile piece = std::malloc(size_t{1} << 46);
  if (piece != nullptr) return 1;
  return nothing("refused");
}
int threads_fail() {
  std::vector<std::thread> all;
  static pthread_barrier_t* never = nullptr;
  static volatile bool go = false;
  (void)never;
  int caught = 0;
  try {
    while (all.size() < 10'000)
      all.emplace_back([] {
        while (!go) usleep(1000);
      });
  } catch (const std::system_error& error) {
    caught = error.code().value();
  }
  const size_t got = all.size();
  go = true;
  for (std::thread& thread : all) thread.join();
  std::thread([] { nothing("a thread runs again"); }).join();
  std::printf("%zu threads, then errno %d\n", got, caught);
  return 0;
}
int descriptors_fail() {
  std::vector<int> all;
  int file;
  while ((file = open("/dev/null", O_RDONLY)) >= 0 && all.size() < 100'000) all.push_back(file);
  const int why = errno;
  for (const int one : all) close(one);
  file = open("/dev/null", O_RDONLY);
  std::printf("%zu descriptors, then %s; then %s\n", all.size(), strerrorname_np(why),
              file >= 0 ? "one again" : "none");
  return 0;
}
int files_fail() {
  const int file = open("/dev/shm/big", O_RDWR | O_CREAT, 0600);
  const std::string piece(1 << 20, 'x');
  size_t written = 0;
  ssize_t size;
  while ((size = write(file, piece.data(), piece.size())) > 0 && written < (size_t{1} << 32))
    written += static_cast<size_t>(size);
  const int why = errno;
  close(file);
  unlink("/dev/shm/big");
  const int again = open("/dev/shm/again", O_RDWR | O_CREAT, 0600);
  const bool works = write(again, piece.data(), piece.size()) == static_cast<ssize_t>(piece.size());
  std::printf("write failed: %s; then another %s\n", strerrorname_np(why), works ? "works" : "fails");
  return 0;
}
int exit_from_thread() {
  std::thread([] { std::exit(42); }).join();
  return 1;
}
int main_returns_first() {
  for (int i = 0; i < 3; ++i)
    std::thread([] {
      while (always) {
      }
    }).detach();
  for (int i = 0; i < 3; ++i)
    std::thread([] {
      while (always) pause();
    }).detach();
  return 42;
}
int exit_in_read() {
  std::thread([] {
    usleep(50'000);
    _exit(42);
  }).detach();
  char byte;
  return read(0, &byte, 1) == 0 ? 41 : 1;
}

// Handlers: SIGSEGV, SIGFPE, SIGABRT and SIGILL leave by siglongjmp or go on behind the instruction.
sigjmp_buf jump;
volatile int caught_signal = 0;
void* volatile caught_address = nullptr;
void leave(int number, siginfo_t* info, void*) {
  caught_signal = number;
  caught_address = info->si_addr;
  siglongjmp(jump, 1);
}
void handle(int number, void (*handler)(int, siginfo_t*, void*), int flags = 0) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigaction(number, &action, nullptr);
}
int handlers() {
  for (const int number : {SIGSEGV, SIGFPE, SIGABRT, SIGILL, SIGTRAP, SIGBUS}) handle(number, leave);
  const std::pair<void (*)(), int> faults[] = {{fault_wild_read, SIGSEGV},  {fault_wild_write, SIGSEGV},
                                               {fault_null_call, SIGSEGV},  {fault_division, SIGFPE},
                                               {fault_ud2, SIGILL},         {fault_abort, SIGABRT},
                                               {fault_write_code, SIGSEGV}, {fault_noncanonical, SIGSEGV}};
  for (int round = 0; round < 100; ++round)
    for (const auto& [fault, number] : faults) {
      if (sigsetjmp(jump, 1) == 0) {
        fault();
        return nothing("no fault");
      }
      if (caught_signal != number) return std::printf("signal %d, not %d\n", caught_signal, number) * 0 + 1;
      if ((fault == fault_wild_read || fault == fault_wild_write) &&
          caught_address != reinterpret_cast<void*>(0x123450))
        return nothing("wrong address") + 1;
    }
  return nothing("all handled");
}
void map_it(int, siginfo_t* info, void*) {
  mprotect(reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(info->si_addr) & ~uintptr_t{4095}), 4096,
           PROT_READ | PROT_WRITE);
}
int handler_repairs() {
  handle(SIGSEGV, map_it);
  auto* pages =
      static_cast<volatile char*>(mmap(nullptr, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  for (int i = 0; i < 64; ++i) pages[i * 4096] = static_cast<char>(i);
  for (int i = 0; i < 64; ++i)
    if (pages[i * 4096] != i) return 1;
  return nothing("repaired");
}
void overflow_left(int, siginfo_t*, void*) {
  siglongjmp(jump, 1);
}
int handler_on_alternate_stack() {
  static char stack[65536];
  const stack_t alternate{stack, 0, sizeof stack};
  sigaltstack(&alternate, nullptr);
  handle(SIGSEGV, overflow_left, SA_ONSTACK);
  for (int round = 0; round < 3; ++round)
    if (sigsetjmp(jump, 1) == 0) {
      fault_recursion(0);
      return 1;
    }
  return nothing("overflow handled");
}
int abort_handler_returns() {
  handle(SIGABRT, [](int, siginfo_t*, void*) { nothing("in the handler"); });
  std::abort();
}
int broken_signal_frame() {
  // A handler that spoils what sigreturn restores: the program's fault, not the kernel's.
  handle(SIGUSR1, [](int, siginfo_t*, void* context) {
    auto* state = static_cast<ucontext_t*>(context)->uc_mcontext.fpregs;
    std::memset(reinterpret_cast<char*>(state) + 512, 0xff, 64);
    state->mxcsr = 0xffffffff;
  });
  raise(SIGUSR1);
  return nothing("survived");
}
int fault_in_every_thread() {
  handle(SIGSEGV, map_it);
  auto* pages =
      static_cast<volatile char*>(mmap(nullptr, 512 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  std::vector<std::thread> all;
  for (int t = 0; t < 8; ++t)
    all.emplace_back([=] {
      for (int i = t * 64; i < (t + 1) * 64; ++i) pages[i * 4096] = 1;
    });
  for (auto& thread : all) thread.join();
  return nothing("repaired");
}
int flushed_memory() {
  // What was unmapped is zero when it is mapped again, wherever it stood.
  for (int round = 0; round < 50; ++round) {
    auto* memory = static_cast<unsigned char*>(
        mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (int i = 0; i < 1 << 20; ++i)
      if (memory[i] != 0) return nothing("dirty") + 1;
    std::memset(memory, 0xa5, 1 << 20);
    if (round % 3 == 1) mprotect(memory, 1 << 20, PROT_READ);
    if (round % 3 == 2) mprotect(memory, 1 << 19, PROT_NONE);
    munmap(memory, 1 << 20);
  }
  return nothing("clean");
}

const std::map<std::string, void (*)()> kFaults = {
    {"stack_overflow", fault_stack_overflow},
    {"thread_stack_overflow", fault_thread_stack_overflow},
    {"wild_read", fault_wild_read},
    {"wild_write", fault_wild_write},
    {"kernel_address", fault_kernel_address},
    {"noncanonical", fault_noncanonical},
    {"alignment", fault_alignment},
    {"write_code", fault_write_code},
    {"write_constant", fault_write_constant},
    {"wild_jump", fault_wild_jump},
    {"null_call", fault_null_call},
    {"execute_data", fault_execute_data},
    {"abort", fault_abort},
    {"ud2", fault_ud2},
    {"division", fault_division},
    {"int3", fault_int3},
    {"privileged", fault_privileged},
    {"port", fault_port},
    {"int80", fault_syscall_int80},
    {"bad_alloc", fault_bad_alloc},
    {"exception", fault_exception},
    {"terminate", fault_terminate},
    {"thread_exception", fault_pure_thread_exception},
};
const std::map<std::string, int (*)()> kSurvivals = {
    {"malloc_fails", malloc_fails},
    {"new_fails", new_fails},
    {"huge_fails", huge_fails},
    {"threads_fail", threads_fail},
    {"descriptors_fail", descriptors_fail},
    {"files_fail", files_fail},
    {"exit_from_thread", exit_from_thread},
    {"main_returns_first", main_returns_first},
    {"exit_in_read", exit_in_read},
    {"handlers", handlers},
    {"handler_repairs", handler_repairs},
    {"handler_on_alternate_stack", handler_on_alternate_stack},
    {"abort_handler_returns", abort_handler_returns},
    {"broken_signal_frame", broken_signal_frame},
    {"fault_in_every_thread", fault_in_every_thread},
    {"flushed_memory", flushed_memory},
};

// Only in `vm`, where programs can write their own page table entries (src/kernel/port/vm_layout.h).
volatile uint64_t& entry_of(const void* page) {
  constexpr uint64_t kEntries = 0x40000000, kBaseIsMultipleOf = uint64_t{1} << 32;
  return reinterpret_cast<volatile uint64_t*>(
      kEntries)[reinterpret_cast<uint64_t>(page) % kBaseIsMultipleOf / 4096];
}
// `where`: a guest-physical address, in hexadecimal, or "code": where this function is.
void touch_physical(const std::string& where, bool write) {
  constexpr uint64_t kPresentWritableUserAccessed = 0x27, kNoExecute = uint64_t{1} << 63;
  constexpr uint64_t kAddress = 0x000ffffffffff000;
  const uint64_t physical = where == "code"
                                ? entry_of(reinterpret_cast<const void*>(&touch_physical)) & kAddress
                                : std::strtoull(where.c_str(), nullptr, 16);
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  entry_of(page) = physical | kPresentWritableUserAccessed | kNoExecute;
  auto* memory = static_cast<volatile uint64_t*>(page);
  if (write)
    *memory = 1;
  else
    (void)*memory;
}

}  // namespace

int main(int count, char** values) {
  const std::string how = count > 1 ? values[1] : "";
  if (how == "exit" && count > 2) return std::atoi(values[2]);
  if (how == "raise" && count > 2) raise(std::atoi(values[2]));
  if (how == "_exit" && count > 2) _exit(std::atoi(values[2]));
  if (how == "physical" && count > 3) {
    touch_physical(values[2], std::string(values[3]) == "write");
    return nothing("no fault");
  }
  if (const auto found = kFaults.find(how); found != kFaults.end()) {
    found->second();
    return nothing("no fault");
  }
  if (const auto found = kSurvivals.find(how); found != kSurvivals.end()) return found->second();
  std::fprintf(stderr, "no such fault: %s\n", how.c_str());
  return 2;
}
