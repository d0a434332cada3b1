// How many instructions of our own an ecall takes in `sgx`, on both sides: the application, the host's thread
// and the enclave, all in this process, go step by step under the emulator. Not counted: the kernel, its
// vDSO, the host's C library, and waiting (instruction_tally.h). Time goes by the steps, so that both sides
// spin and sleep as they would if nobody looked.
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
#include "instruction_tally.h"
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

constexpr uint64_t kCalls = 11;

// For as long as the program runs.
struct Tallies {
  Tallies(uint64_t base, const arch::ImageHeader& header)
      : enclave(new InstructionTally(base, base + header.tcs.offset, base)),
        host(new InstructionTally(reinterpret_cast<uint64_t>(&__executable_start),
                                  reinterpret_cast<uint64_t>(&etext),
                                  reinterpret_cast<uint64_t>(&__executable_start))) {}
  [[nodiscard]] uint64_t total() const { return enclave->total() + host->total(); }
  InstructionTally* enclave;
  InstructionTally* host;
};
std::atomic<const Tallies*> tallies{nullptr};
std::atomic<uint64_t> steps{0}, steps_inside{0};
thread_local bool counting = true;
// Of the threads that count.
std::atomic<uint64_t> counted_steps{0};

// Both sides step at the same time, about as often.
uint64_t timestamp_of_steps() {
  constexpr uint64_t kCyclesOfStep = 16;
  return steps.load(std::memory_order_relaxed) * kCyclesOfStep;
}
bool step_inside(uint64_t rip) {
  ++steps;
  ++steps_inside;
  ++counted_steps;
  const Tallies* const to = tallies;
  if (to != nullptr && to->enclave->covers(rip)) to->enclave->count(rip);
  return false;
}
void step_outside(uint64_t rip) {
  ++steps;
  if (!counting) return;
  ++counted_steps;
  const Tallies* const to = tallies;
  if (to != nullptr && to->host->covers(rip)) to->host->count(rip);
}

void set_trap_flag(bool on) {
  constexpr uint64_t kTrap = 0x100;
  uint64_t flags;
  asm volatile("sub $128, %%rsp\n pushfq\n pop %0\n add $128, %%rsp" : "=r"(flags));
  flags = on ? flags | kTrap : flags & ~kTrap;
  asm volatile("sub $128, %%rsp\n push %0\n popfq\n add $128, %%rsp" : : "r"(flags) : "cc", "memory");
}

// As tee/sgx/run.cc, but in this process.
Result<tee::sgx::Runner*> start(const tee::PreparedImage& image, uint64_t base, int call_area) {
  using namespace tee;
  using namespace tee::sgx;
  const arch::ImageHeader& header = image.view.header();
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

// Whether the enclave's thread sleeps when a call comes, or has just answered another and spins.
enum class Worker { kAsleep, kAwake };

// Makes kCalls calls and counts them, each until the thread of the enclave waits again as before.
class Counter {
 public:
  Counter(sgx::Stepping& stepping, ::calls::Enclave& enclave, const std::atomic<uint32_t>& turn)
      : stepping_(stepping), enclave_(enclave), turn_(turn) {
    stepping_.timestamp = timestamp_of_steps;
    stepping_.inside = step_inside;
    stepping_.outside = step_outside;
    counting = false;
    set_trap_flag(true);
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter() {
    stepping_.inside = nullptr;
    stepping_.outside = nullptr;
    set_trap_flag(false);
  }

  Result<void> make(Worker worker, const Tallies& to) {
    tallies = &to;
    // The first are for those who learn.
    for (uint64_t i = 0; i < 3; ++i) TRY(make_one(worker, false));
    for (uint64_t i = 0; i < kCalls; ++i) TRY(make_one(worker, true));
    return {};
  }

 private:
  Result<void> make_one(Worker worker, bool counted) {
    do {
      if (worker == Worker::kAwake) TRY(enclave_.nothing());
    } while (!wait(worker));
    InstructionTally::enable(counted);
    counting = true;
    const auto done = enclave_.nothing();
    counting = false;
    InstructionTally::settle();
    (void)wait(worker);
    InstructionTally::enable(false);
    return done;
  }
  // False: it was to spin, and has gone to sleep.
  [[nodiscard]] bool wait(Worker worker) const {
    constexpr uint64_t kInItsLoop = 1000;
    constexpr auto kInTheKernel = std::chrono::milliseconds(20);
    const uint64_t start = steps_inside;
    if (worker == Worker::kAwake) {
      while (steps_inside - start < kInItsLoop && !sleeps()) std::this_thread::yield();
      return !sleeps();
    }
    while (!sleeps()) std::this_thread::yield();
    // Until the host's thread is on its way no more.
    for (uint64_t before = 0; before != counted_steps;) {
      before = counted_steps;
      std::this_thread::sleep_for(kInTheKernel);
    }
    return true;
  }
  [[nodiscard]] bool sleeps() const { return (turn_ & strongroom::calls::kSleeping) != 0; }

  sgx::Stepping& stepping_;
  ::calls::Enclave& enclave_;
  const std::atomic<uint32_t>& turn_;
};

Result<void> print_functions(const char* side, const InstructionTally& tally, const Bytes& file) {
  for (const FunctionCount& function : TRY(tally.by_function(TRY(image::ElfFile::parse(file)))))
    if (function.instructions >= kCalls)
      fmt::print("  {:7} {:5}  {}\n", side, function.instructions / kCalls, function.name);
  return {};
}

Result<void> measure(const std::filesystem::path& build, const std::filesystem::path& output) {
  auto* const stepping = static_cast<sgx::Stepping*>(dlsym(RTLD_DEFAULT, "strongroom_sgx_stepping"));
  if (stepping == nullptr) return fail(ErrorCode::kUnsupported, "the emulator is not preloaded");
  const Bytes own_file = TRY(read_file("/proc/self/exe"));
  const Bytes image_file = TRY(read_file(build / "bench/bench_calls.enclave"));
  const auto image = TRY(tee::prepare_image(image_file));
  const arch::ImageHeader& header = image.view.header();
  const uint64_t base = tee::choose_base(header.enclave_size);
  const FileDescriptor call_area = TRY(tee::create_call_area(kCallArea));
  const auto mapping = TRY(host::SharedMapping::map(call_area.get(), kCallArea));
  tee::sgx::Runner* const runner = TRY(start(image, base, call_area.get()));
  host::CallGate gate(TRY(host::SharedMapping::map(call_area.get(), kCallArea)), {}, 0);
  ::calls::Enclave enclave(gate);
  for (int i = 0; i < 100; ++i) TRY(enclave.nothing());

  const Tallies awake(base, header), asleep(base, header);
  for (const Tallies* tallies : {&awake, &asleep}) {
    constexpr std::string_view kWaiting = "strongroom::calls::FirstLook::wait";
    TRY(tallies->host->leave_out(TRY(image::ElfFile::parse(own_file)), kWaiting));
    TRY(tallies->enclave->leave_out(TRY(image::ElfFile::parse(image_file)), kWaiting));
  }
  {
    Counter counter(*stepping, enclave, strongroom::calls::Area(mapping.bytes()).lane(0).turn);
    TRY(counter.make(Worker::kAwake, awake));
    TRY(counter.make(Worker::kAsleep, asleep));
  }
  runner->stop("measured");
  std::vector<Row> rows;
  for (const auto& [name, tallies] : {std::pair("awake", &awake), std::pair("asleep", &asleep)}) {
    const uint64_t instructions = tallies->total() / kCalls;
    fmt::print("an ecall that finds the enclave {} takes {} instructions, {} of them in the enclave\n", name,
               instructions, tallies->enclave->total() / kCalls);
    TRY(print_functions("host", *tallies->host, own_file));
    TRY(print_functions("enclave", *tallies->enclave, image_file));
    rows.push_back(make_row(fmt::format("calls/ecall instructions, {}", name), "sgx",
                            static_cast<double>(instructions), "instr", kMostInstructions, Bound::kAtMost,
                            1));
  }
  TRY(write_rows(output, rows));
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
