#include "kvm_floor.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <vector>

#include "tee/vm/kvm.h"

namespace strongroom::bench {
namespace {

using tee::vm::VirtualMachine;
using tee::vm::VirtualProcessor;

// Ordinary memory of the guest, from physical address 0 on.
class Memory {
 public:
  static Result<std::unique_ptr<Memory>> create(size_t size) {
    void* bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) return fail_errno("cannot map memory for a virtual machine", errno);
    return std::unique_ptr<Memory>(new Memory({static_cast<uint8_t*>(bytes), size}));
  }
  ~Memory() { munmap(bytes_.data(), bytes_.size()); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  [[nodiscard]] std::span<uint8_t> bytes() const { return bytes_; }
  void put(uint64_t address, const auto& value) {
    std::memcpy(bytes_.data() + address, &value, sizeof value);
  }

 private:
  explicit Memory(std::span<uint8_t> bytes) : bytes_(bytes) {}
  std::span<uint8_t> bytes_;
};

kvm_segment segment(uint16_t selector, uint8_t type, bool code) {
  kvm_segment out{};
  out.limit = 0xffffffff;
  out.selector = selector;
  out.type = type;
  out.present = 1;
  out.dpl = 3;
  out.db = code ? 0 : 1;
  out.s = 1;
  out.l = code ? 1 : 0;
  out.g = 1;
  return out;
}

constexpr uint64_t kTables = 0x1000, kStack = 0x7000, kLoop = 0x8000, kRing0 = 0x9000, kFrame = 0xa000,
                   kGdt = 0xb000;
constexpr uint32_t kCalls = 20'000;

// mov $kCalls, %r12; 1: syscall; 2: dec %r12; jnz 1b; hlt, which ring 3 may not: the machine shuts down.
constexpr uint8_t kLoopCode[] = {0x49,         0xc7, 0xc4, kCalls & 0xff, kCalls >> 8 & 0xff,
                                 kCalls >> 16, 0,    0x0f, 0x05,          0x49,
                                 0xff,         0xcc, 0x75, 0xf9,          0xf4};
constexpr uint64_t kAfterSyscall = kLoop + 9;
// mov $kFrame, %rsp; iretq
constexpr uint8_t kRing0Code[] = {0x48, 0xc7, 0xc4, kFrame & 0xff, kFrame >> 8 & 0xff, 0, 0, 0x48, 0xcf};

// 1: out %al, $0xe1; jmp 1b
constexpr uint8_t kExitCode[] = {0xe6, 0xe1, 0xeb, 0xfc};

Result<void> prepare_ring3(VirtualProcessor& processor, Memory& memory) {
  constexpr uint64_t kEntry = 7, kLargePage = 0x80;
  memory.put(kTables, (kTables + 0x1000) | kEntry);
  memory.put(kTables + 0x1000, (kTables + 0x2000) | kEntry);
  memory.put(kTables + 0x2000, kEntry | kLargePage | 0x60);
  memory.put(kLoop, kLoopCode);
  memory.put(kRing0, kRing0Code);
  const uint64_t frame[] = {kAfterSyscall, 0x2b, 2, kStack, 0x23};
  memory.put(kFrame, frame);
  const uint64_t descriptors[] = {
      0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cffb000000ffff, 0x00cff3000000ffff, 0x00affb000000ffff};
  memory.put(kGdt, descriptors);

  kvm_sregs special = TRY(processor.special_registers());
  special.cr0 = 0x80050033;
  special.cr3 = kTables;
  special.cr4 = 0x620;
  special.efer = 0xd01;
  special.cs = segment(0x2b, 0xb, true);
  special.ss = special.ds = special.es = special.fs = special.gs = segment(0x23, 0x3, false);
  special.gdt = {kGdt, sizeof descriptors - 1, {}};
  TRY(processor.set_special_registers(special));
  const kvm_msr_entry msrs[] = {{0xc0000081, 0, uint64_t{0x18} << 48 | uint64_t{0x08} << 32},
                                {0xc0000082, 0, kRing0},
                                {0xc0000084, 0, 0x47700}};
  TRY(processor.set_msrs(msrs));
  kvm_regs registers{};
  registers.rip = kLoop;
  registers.rsp = kStack;
  registers.rflags = 2;
  return processor.set_registers(registers);
}

double elapsed(std::chrono::steady_clock::time_point start, double unit) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() * unit;
}

}  // namespace

Result<double> bare_machine() {
  const auto start = std::chrono::steady_clock::now();
  {
    const auto memory = TRY(Memory::create(4096));
    auto machine = TRY(VirtualMachine::create());
    memory->put(0, uint8_t{0xf4});
    TRY(machine.add_memory(0, 0, memory->bytes()));
    auto processor = TRY(machine.create_processor(0));
    kvm_sregs special = TRY(processor.special_registers());
    special.cs.base = 0;
    special.cs.selector = 0;
    TRY(processor.set_special_registers(special));
    kvm_regs registers{};
    registers.rflags = 2;
    TRY(processor.set_registers(registers));
    TRY(processor.run());
    if (processor.state().exit_reason != KVM_EXIT_HLT)
      return fail(ErrorCode::kUnsupported, "a bare virtual machine does not halt");
  }
  return elapsed(start, 1e6);
}

Result<double> bare_trap() {
  const auto memory = TRY(Memory::create(size_t{2} << 20));
  auto machine = TRY(VirtualMachine::create());
  TRY(machine.add_memory(0, 0, memory->bytes()));
  auto processor = TRY(machine.create_processor(0));
  TRY(processor.set_cpuid(TRY(tee::vm::supported_cpuid())));
  TRY(prepare_ring3(processor, *memory));
  const auto start = std::chrono::steady_clock::now();
  while (!TRY(processor.run())) {
  }
  const double total = elapsed(start, 1e9);
  if (processor.state().exit_reason != KVM_EXIT_SHUTDOWN || TRY(processor.registers()).r12 != 0)
    return fail(ErrorCode::kUnsupported,
                "ring 3 of a bare virtual machine does not come back from a system call");
  return total / kCalls;
}

Result<double> bare_exit() {
  constexpr int kExits = 2'000;
  const auto memory = TRY(Memory::create(size_t{2} << 20));
  auto machine = TRY(VirtualMachine::create());
  TRY(machine.add_memory(0, 0, memory->bytes()));
  auto processor = TRY(machine.create_processor(0));
  TRY(processor.set_cpuid(TRY(tee::vm::supported_cpuid())));
  TRY(prepare_ring3(processor, *memory));
  memory->put(kLoop, kExitCode);
  kvm_regs registers = TRY(processor.registers());
  registers.rflags = 0x3002;  // IOPL 3
  TRY(processor.set_registers(registers));
  std::vector<double> times;
  for (int i = 0; i < kExits; ++i) {
    const auto start = std::chrono::steady_clock::now();
    while (!TRY(processor.run())) {
    }
    times.push_back(elapsed(start, 1e9));
    if (processor.state().exit_reason != KVM_EXIT_IO)
      return fail(ErrorCode::kUnsupported, "ring 3 of a bare virtual machine does not reach the monitor");
  }
  std::nth_element(times.begin(), times.begin() + kExits / 2, times.end());
  return times[kExits / 2];
}

}  // namespace strongroom::bench
