// How many instructions of our own an ecall takes in `sgx`, on both sides: the application, the host's thread
// and the enclave, all in this process, go step by step under the emulator. Not counted: the kernel, its
// vDSO, the C library, and waiting (what lies between two PAUSE that follow each other closely).
#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/file.h"
#include "calls_host.h"
#include "host/call_gate.h"
#include "preload/stepping.h"
#include "report.h"
#include "session.h"
#include "tee/launch.h"
#include "tee/sgx/processor.h"
#include "tee/sgx/runner.h"

extern "C" const char __executable_start, etext;

namespace {

using namespace strongroom;
using namespace strongroom::bench;

constexpr uint64_t kCallArea = uint64_t{8} << 20;
constexpr double kMostInstructions = 600;

std::atomic<uint64_t> inside{0}, outside{0};

// Of one thread: waiting is a row of PAUSE with a few instructions between them.
struct Waiting {
  uint64_t since_pause = ~uint64_t{0};
};
thread_local Waiting waiting;

void count(uint64_t rip, std::atomic<uint64_t>& sum) {
  constexpr uint64_t kClose = 48;
  const auto* const code = reinterpret_cast<const uint8_t*>(rip);
  ++sum;
  if (waiting.since_pause != ~uint64_t{0}) ++waiting.since_pause;
  if (code[0] != 0xf3 || code[1] != 0x90) return;
  if (waiting.since_pause <= kClose) sum -= waiting.since_pause;
  waiting.since_pause = 0;
}
bool step_inside(uint64_t rip) {
  count(rip, inside);
  return false;
}
void step_outside(uint64_t rip) {
  if (rip >= reinterpret_cast<uint64_t>(&__executable_start) && rip < reinterpret_cast<uint64_t>(&etext))
    count(rip, outside);
}

void set_trap_flag(bool on) {
  constexpr uint64_t kTrap = 0x100;
  uint64_t flags;
  asm volatile("sub $128, %%rsp\n pushfq\n pop %0\n add $128, %%rsp" : "=r"(flags));
  flags = on ? flags | kTrap : flags & ~kTrap;
  asm volatile("sub $128, %%rsp\n push %0\n popfq\n add $128, %%rsp" : : "r"(flags) : "cc", "memory");
}

// As tee/sgx/run.cc, but in this process.
Result<tee::sgx::Runner*> start(const tee::PreparedImage& image, int call_area) {
  using namespace tee;
  using namespace tee::sgx;
  const arch::ImageHeader& header = image.view.header();
  const uint64_t base = choose_base(header.enclave_size);
  EnclaveDevice device = TRY(EnclaveDevice::open());
  TRY(device.load(image, base, false));
  const size_t exchanges = header.thread_count * kernel::kExchangeSize;
  void* const memory =
      mmap(nullptr, exchanges + kCallArea, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("no memory for the exchanges", errno);
  auto* const begin = static_cast<uint8_t*>(memory) + exchanges;
  if (mmap(begin, kCallArea, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, call_area, 0) == MAP_FAILED)
    return fail_errno("cannot map the call area", errno);
  const SharedMemory shared{static_cast<kernel::Exchange*>(memory), {begin, kCallArea}};
  shared.exchanges[0].arguments[0] = kCallArea / arch::kPageSize;
  const kernel::CpuidTable cpuid = enclave_cpuid(device.xfrm());
  std::memcpy(shared.exchanges[0].payload, &cpuid, sizeof cpuid);
  auto* const runner =
      new Runner(std::move(device), header, base, shared, TRY(find_in_vdso("__vdso_sgx_enter_enclave")));
  runner->services().start(TRY(make_start_block({})), {.input = -1, .output = 2, .error = 2});
  runner->enter();
  return runner;
}

Result<void> measure(const std::filesystem::path& build, const std::filesystem::path& output) {
  auto* const stepping = static_cast<sgx::Stepping*>(dlsym(RTLD_DEFAULT, "strongroom_sgx_stepping"));
  if (stepping == nullptr) return fail(ErrorCode::kUnsupported, "the emulator is not preloaded");
  const auto image = TRY(tee::prepare_image(TRY(read_file(build / "bench/bench_calls.enclave"))));
  const FileDescriptor call_area = TRY(tee::create_call_area(kCallArea));
  tee::sgx::Runner* const runner = TRY(start(image, call_area.get()));
  host::CallGate gate(TRY(host::SharedMapping::map(call_area.get(), kCallArea)), {}, 0);
  ::calls::Enclave enclave(gate);
  for (int i = 0; i < 100; ++i) TRY(enclave.nothing());
  stepping->inside = step_inside;
  stepping->outside = step_outside;
  // Each call finds the enclave asleep and every thread in its steps.
  constexpr int kRounds = 12;
  constexpr auto kAsleep = std::chrono::milliseconds(100);
  std::vector<double> sums, of_enclave;
  for (int i = 0; i < kRounds; ++i) {
    std::this_thread::sleep_for(kAsleep);
    inside = outside = 0;
    set_trap_flag(true);
    const auto done = enclave.nothing();
    set_trap_flag(false);
    if (!done) return tl::unexpected<Error>(done.error());
    std::this_thread::sleep_for(kAsleep);
    if (i < 2) continue;
    sums.push_back(static_cast<double>(inside + outside));
    of_enclave.push_back(static_cast<double>(inside));
  }
  stepping->inside = nullptr;
  stepping->outside = nullptr;
  fmt::print("an ecall takes {} instructions, {} of them in the enclave\n", median(sums), median(of_enclave));
  TRY(write_rows(output, {make_row("calls/ecall instructions", "sgx", median(sums), "instr",
                                   kMostInstructions, Bound::kAtMost, 1)}));
  runner->stop("measured");
  std::fflush(stdout);
  _exit(0);  // threads are still inside
}

}  // namespace

int main(int argc, char** argv) {
  // The emulator has to be there before the program.
  if (argc == 3 && getenv("LD_PRELOAD") == nullptr) {
    setenv("LD_PRELOAD", (std::filesystem::path(argv[1]) / "emulator/sgx/preload/libsgxemu.so").c_str(), 1);
    execv("/proc/self/exe", argv);
  }
  return session_main(argc, argv, measure);
}
